import {
  type ClientOptions,
  CredentialError,
  type IoTHubDeviceClient,
  type TokenProvider,
} from "@isohub/core";
import { describe, expect, it } from "vitest";
import { createBackend } from "../backend.ts";
import { shutDownAtEnd, type TestClient, underTest } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";

export function tokenProviderSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;
  const { IoTHubDeviceClient, IoTHubModuleClient } = fixtures.clients;

  async function create(
    provider: TokenProvider,
    options: ClientOptions,
  ): Promise<TestClient<IoTHubDeviceClient>> {
    return underTest(await IoTHubDeviceClient.createFromTokenProvider(provider, options));
  }

  describe("tokens from a provider", () => {
    it("identify the device, and are renewed while sending, without losing a message", async () => {
      const { deviceId, sign, options } = await createBackend(fixtures);
      let requests = 0;
      const { client, background } = await create(() => {
        requests += 1;
        return sign(4);
      }, options);
      const connections = await hub.countEvents("deviceConnected", deviceId);
      await client.connect();
      const sent: Promise<void>[] = [];
      await eventually(
        async () => {
          sent.push(client.sendMessage(String(sent.length)));
          expect(await connections()).toBeGreaterThanOrEqual(3);
        },
        { intervalMs: 10 },
      );
      await Promise.all(sent);
      expect(background).toEqual([]);
      expect(await hub.telemetry(deviceId)).toHaveLength(sent.length);
      expect(requests).toBeGreaterThanOrEqual(3);
    });

    it("connect modules, too", async () => {
      const { deviceId, sign, options } = await createBackend(fixtures, "module-1");
      const client = shutDownAtEnd(
        await IoTHubModuleClient.createFromTokenProvider(() => sign(3600), options),
      );
      await client.sendMessage("hello");
      expect(await hub.sessionsOf(`${deviceId}/module-1`)).toHaveLength(1);
    });

    it("are requested again if the provider fails, and the client stays connected", async () => {
      const { sign, deviceId, options } = await createBackend(fixtures);
      let requests = 0;
      const { client, background } = await create(() => {
        requests += 1;
        if (requests === 2 || requests === 3) throw new Error("the backend is unavailable");
        return sign(requests === 1 ? 8 : 3600);
      }, options);
      const connections = await hub.countEvents("deviceConnected", deviceId);
      await client.connect();
      await eventually(async () => expect(await connections()).toBe(2));
      await eventually(() => expect(client.connected).toBe(true));
      expect(requests).toBe(4);
      expect(background).toMatchObject([
        { code: "token_provider_failed" },
        { code: "token_provider_failed" },
      ]);
    });

    it("disconnect the client with the provider's reason once it refuses them", async () => {
      const { sign, options } = await createBackend(fixtures);
      let isSignedIn = true;
      const { client } = await create(async () => {
        if (isSignedIn) return sign(4);
        throw new CredentialError("token_refused", "no user is signed in");
      }, options);
      await client.connect();
      isSignedIn = false;
      await eventually(() => expect(client.state.status).toBe("disconnected"));
      expect(client.state.reason).toMatchObject({ code: "token_refused" });
      await expect(client.sendMessage("x")).rejects.toMatchObject({ code: "token_refused" });
    });

    it("that the hub rejects cause not_authorized", async () => {
      const { deviceId, sign, options } = await createBackend(fixtures);
      const other = await createBackend(fixtures);
      const { client } = await create(() => other.sign(3600, deviceId), options);
      await expect(client.connect()).rejects.toMatchObject({ code: "not_authorized" });
      expect(await sign(60)).toContain(deviceId);
    });

    it("can't be replaced with updateSastoken", async () => {
      const { sign, options } = await createBackend(fixtures);
      const { client } = await create(() => sign(3600), options);
      await expect(client.updateSastoken(await sign(60))).rejects.toMatchObject({ code: "not_supported" });
    });
  });
}
