import {
  type ClientOptions,
  CredentialError,
  type IoTHubDeviceClient,
  type TokenProvider,
} from "@isohub/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createBackend } from "../backend.ts";
import type { Fixtures } from "../fixtures.ts";

export function tokenProviderSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;
  const { IoTHubDeviceClient, IoTHubModuleClient } = fixtures.clients;

  async function create(
    provider: TokenProvider,
    options: ClientOptions,
  ): Promise<{ client: IoTHubDeviceClient; background: Error[] }> {
    const client = await IoTHubDeviceClient.createFromTokenProvider(provider, options);
    const background: Error[] = [];
    client.onBackgroundException = (error) => {
      background.push(error);
    };
    onTestFinished(() => client.shutdown());
    return { client, background };
  }

  describe("tokens from a provider", () => {
    it("say who the device is, and are renewed under load without losing a message", async () => {
      const { deviceId, sign, options } = await createBackend(fixtures);
      let asked = 0;
      const { client, background } = await create(() => {
        asked += 1;
        return sign(3);
      }, options);
      const connections = await hub.countEvents("deviceConnected", deviceId);
      await client.connect();
      const sent: Promise<void>[] = [];
      await vi.waitFor(
        async () => {
          sent.push(client.sendMessage(String(sent.length)));
          expect(await connections()).toBeGreaterThanOrEqual(3);
        },
        { timeout: 15_000, interval: 10 },
      );
      await Promise.all(sent);
      expect(background).toEqual([]);
      expect(await hub.telemetry(deviceId)).toHaveLength(sent.length);
      expect(asked).toBeGreaterThanOrEqual(3);
    });

    it("are for modules too", async () => {
      const { deviceId, sign, options } = await createBackend(fixtures, "module-1");
      const client = await IoTHubModuleClient.createFromTokenProvider(() => sign(3600), options);
      onTestFinished(() => client.shutdown());
      await client.sendMessage("hello");
      expect(await hub.sessions(`${deviceId}/module-1`)).toHaveLength(1);
    });

    it("are asked for again while the provider fails, and the connection lasts", async () => {
      const { sign, deviceId, options } = await createBackend(fixtures);
      let asked = 0;
      const { client, background } = await create(() => {
        asked += 1;
        if (asked === 2 || asked === 3) throw new Error("the backend is away");
        return sign(asked === 1 ? 4 : 3600);
      }, options);
      const connections = await hub.countEvents("deviceConnected", deviceId);
      await client.connect();
      await vi.waitFor(async () => expect(await connections()).toBe(2), { timeout: 10_000 });
      await vi.waitFor(() => expect(client.connected).toBe(true));
      expect(asked).toBe(4);
      expect(background).toMatchObject([
        { code: "token_provider_failed" },
        { code: "token_provider_failed" },
      ]);
    });

    it("end with the provider's refusal, and the client says so", async () => {
      const { sign, options } = await createBackend(fixtures);
      let asked = 0;
      const { client } = await create(async () => {
        asked += 1;
        if (asked === 1) return sign(2);
        throw new CredentialError("token_refused", "nobody is signed in");
      }, options);
      await client.connect();
      await vi.waitFor(() => expect(client.state.status).toBe("disconnected"), 10_000);
      expect(client.state.reason).toMatchObject({ code: "token_refused" });
      await expect(client.sendMessage("x")).rejects.toMatchObject({ code: "token_refused" });
    });

    it("that the hub does not accept are refused with not_authorized", async () => {
      const { deviceId, sign, options } = await createBackend(fixtures);
      const other = await createBackend(fixtures);
      const { client } = await create(() => other.sign(3600, deviceId), options);
      await expect(client.connect()).rejects.toMatchObject({ code: "not_authorized" });
      expect(await sign(60)).toContain(deviceId);
    });

    it("cannot be replaced by hand", async () => {
      const { sign, options } = await createBackend(fixtures);
      const { client } = await create(() => sign(3600), options);
      await expect(client.updateSastoken(await sign(60))).rejects.toMatchObject({ code: "not_supported" });
    });
  });
}
