import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { TokenBroker, TokenBrokerOptions } from "@isohub/core/token-broker";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { freshId } from "./device.ts";
import { eventually } from "./eventually.ts";
import type { Fixtures } from "./fixtures.ts";
import { audience, type IdentityProvider, startIdentityProvider } from "./identity-provider.ts";

/** How a runtime package makes brokers and serves them. */
export interface BrokerFixtures {
  createTokenBroker(options: TokenBrokerOptions): TokenBroker;
  /** Serves on loopback. */
  serve(broker: TokenBroker): Promise<{ port: number; close(): Promise<void> }>;
}

/** A device that asks a broker, both on this runtime. */
export function brokerSuite(fixtures: Fixtures, { createTokenBroker, serve }: BrokerFixtures): void {
  const { hub, clients, connectOptions } = fixtures;
  let idp: IdentityProvider;
  beforeAll(async () => {
    idp = await startIdentityProvider();
  });
  afterAll(() => idp.close());

  async function startBroker(): Promise<{ url: string; gatewayHostname: string; user: string }> {
    const connectionString = await hub.policyConnectionString();
    const broker = createTokenBroker({
      jwks: idp.jwksUrl,
      issuer: idp.issuer,
      audience,
      algorithms: ["RS256"],
      allowedOrigins: [],
      devicesOf: ({ sub }) => [sub, { deviceId: sub, moduleId: "m1" }],
      connectionString,
      sastokenTtl: 4,
    });
    const { port, close } = await serve(broker);
    onTestFinished(close);
    const user = freshId("user");
    await hub.createDevice(user);
    const gatewayHostname = /HostName=([^;]+)/.exec(connectionString)?.[1] ?? "";
    return { url: `http://127.0.0.1:${port}/`, gatewayHostname, user };
  }

  describe(`a token broker on ${fixtures.runtime}`, () => {
    it("keeps a device and a module going with tokens that it renews", async () => {
      const { url, gatewayHostname, user } = await startBroker();
      await hub.createModule(user, "m1");
      const headers = async () => ({ authorization: `Bearer ${await idp.jwt({ sub: user })}` });
      const options = { ...connectOptions, gatewayHostname };
      const device = await clients.IoTHubDeviceClient.createFromTokenProvider(
        { url, headers, deviceId: user },
        options,
      );
      onTestFinished(() => device.shutdown());
      const module = await clients.IoTHubModuleClient.createFromTokenProvider(
        { url: new URL(url), headers, deviceId: user, moduleId: "m1" },
        options,
      );
      onTestFinished(() => module.shutdown());
      const connections = await hub.countEvents("deviceConnected", user);
      await Promise.all([device.connect(), module.connect()]);
      expect(await hub.sessions(`${user}/m1`)).toHaveLength(1);
      await eventually(async () => expect(await connections()).toBeGreaterThanOrEqual(4));
      await eventually(() => expect(device.connected && module.connected).toBe(true));
      await device.sendMessage("still here");
    });

    it("gives nothing for a JWT that is not good, nor for another user's device", async () => {
      const { url, gatewayHostname, user } = await startBroker();
      const ask = async (jwt: string, deviceId = user): Promise<unknown> =>
        clients.IoTHubDeviceClient.createFromTokenProvider(
          { url, headers: { authorization: `Bearer ${jwt}` }, deviceId },
          { ...connectOptions, gatewayHostname },
        ).catch((error: unknown) => error);
      const { none, keyConfusion, otherKey } = await idp.forged({ sub: user });
      const bad = [
        none,
        keyConfusion,
        otherKey,
        await idp.jwt({ sub: user, lifetime: -60 }),
        await idp.jwt({ sub: user, aud: "another-service" }),
        await idp.jwt({ sub: user, iss: "https://evil.example/" }),
      ];
      for (const jwt of bad) {
        expect(await ask(jwt)).toMatchObject({
          name: "CredentialError",
          code: "token_refused",
          message: expect.stringContaining("status 401"),
        });
      }
      expect(await ask(await idp.jwt({ sub: user }), "somebody-else")).toMatchObject({
        name: "CredentialError",
        code: "token_refused",
        message: expect.stringContaining("status 403"),
      });
    });
  });
}

/** Serves with `node:http`. */
export async function serveOnNode(
  listener: RequestListener,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
