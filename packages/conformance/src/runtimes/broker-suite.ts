import { createServer, type RequestListener } from "node:http";
import type { TokenBroker, TokenBrokerOptions } from "@isohub/core/token-broker";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { freshId, hostOf, shutDownAtEnd } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";
import { audience, type IdentityProvider, startIdentityProvider } from "../identity-provider.ts";
import { listenLocally } from "../local-server.ts";

/** The functions of a runtime that create and serve brokers. */
export interface BrokerFixtures {
  createTokenBroker(options: TokenBrokerOptions): TokenBroker;
  /** Serves on loopback. */
  serve(broker: TokenBroker): Promise<{ port: number; close(): Promise<void> }>;
}

/** A device that gets its tokens from a broker, both on this runtime. */
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
    return { url: `http://127.0.0.1:${port}/`, gatewayHostname: hostOf(connectionString), user };
  }

  describe(`a token broker on ${fixtures.runtime}`, () => {
    it("renews the tokens of a device and a module", async () => {
      const { url, gatewayHostname, user } = await startBroker();
      await hub.createModule(user, "m1");
      const headers = async () => ({ authorization: `Bearer ${await idp.jwt({ sub: user })}` });
      const options = { ...connectOptions, gatewayHostname };
      const device = shutDownAtEnd(
        await clients.IoTHubDeviceClient.createFromTokenProvider({ url, headers, deviceId: user }, options),
      );
      const module = shutDownAtEnd(
        await clients.IoTHubModuleClient.createFromTokenProvider(
          { url: new URL(url), headers, deviceId: user, moduleId: "m1" },
          options,
        ),
      );
      const connections = await hub.countEvents("deviceConnected", user);
      await Promise.all([device.connect(), module.connect()]);
      expect(await hub.sessionsOf(`${user}/m1`)).toHaveLength(1);
      await eventually(async () => expect(await connections()).toBeGreaterThanOrEqual(4));
      await eventually(() => expect(device.connected && module.connected).toBe(true));
      await device.sendMessage("still here");
    });

    /** Returns the error of a device whose broker a test plays. */
    async function failureWith(broker: TokenBroker): Promise<unknown> {
      const { port, close } = await serve(broker);
      onTestFinished(close);
      const url = `http://127.0.0.1:${port}/`;
      const creating = clients.IoTHubDeviceClient.createFromTokenProvider(
        { url, deviceId: "d1" },
        connectOptions,
      );
      return creating.then(
        () => "accepted",
        (error: unknown) => error,
      );
    }

    const expiry = Math.floor(Date.now() / 1000) + 3600;
    const tokenFor = (deviceId: string): string =>
      `SharedAccessSignature sr=localhost%2Fdevices%2F${deviceId}&sig=AAAA&se=${expiry}`;

    it.each([301, 302, 307, 308])("whose broker redirects with status %d gets no token", async (status) => {
      let followed = 0;
      const elsewhere = await serve(async () => {
        followed += 1;
        return new Response(tokenFor("d1"));
      });
      onTestFinished(elsewhere.close);
      const location = `http://127.0.0.1:${elsewhere.port}/`;
      const error = await failureWith(async () => new Response(null, { status, headers: { location } }));
      expect(error).toMatchObject({ code: "token_provider_failed" });
      expect(followed).toBe(0);
    });

    it("whose broker returns a token for another device rejects it", async () => {
      expect(await failureWith(async () => new Response(tokenFor("d2")))).toMatchObject({
        name: "CredentialError",
        code: "invalid_sas_token",
        message: expect.stringContaining("must be 'd1', got 'd2'"),
      });
    });

    it("whose broker answers endlessly stops reading", async () => {
      const answer = (): Response => {
        const pull = (to: ReadableStreamDefaultController): void => to.enqueue(new Uint8Array(65_536));
        return new Response(new ReadableStream({ pull }));
      };
      const error = await failureWith(async () => answer());
      expect(error).toMatchObject({ name: "ConnectionFailedError", code: "token_provider_failed" });
      expect(String(error)).toContain("must have at most 1048576 bytes");
    });

    it("rejects an invalid JWT, and a request for another user's device", async () => {
      const { url, gatewayHostname, user } = await startBroker();
      const connect = async (jwt: string, deviceId = user): Promise<unknown> =>
        clients.IoTHubDeviceClient.createFromTokenProvider(
          { url, headers: { authorization: `Bearer ${jwt}` }, deviceId },
          { ...connectOptions, gatewayHostname },
        ).catch((error: unknown) => error);
      const { none, keyConfusion, otherKey } = await idp.forged({ sub: user });
      const invalid = [
        none,
        keyConfusion,
        otherKey,
        await idp.jwt({ sub: user, lifetime: -60 }),
        await idp.jwt({ sub: user, aud: "another-service" }),
        await idp.jwt({ sub: user, iss: "https://evil.example/" }),
      ];
      for (const jwt of invalid) {
        expect(await connect(jwt)).toMatchObject({
          name: "CredentialError",
          code: "token_refused",
          message: expect.stringContaining("status 401"),
        });
      }
      expect(await connect(await idp.jwt({ sub: user }), "another-device")).toMatchObject({
        name: "CredentialError",
        code: "token_refused",
        message: expect.stringContaining("status 403"),
      });
    });
  });
}

/** Serves a broker with `node:http`, on loopback. */
export async function serveOnNode(
  listener: RequestListener,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer(listener);
  return {
    port: await listenLocally(server),
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
