import { CredentialError } from "@isohub/core";
import { describe, expect, it, vi } from "vitest";
import { createClient, createDevice, freshId } from "../device.ts";
import type { Fixtures } from "../fixtures.ts";
import { skipWithout } from "../skip.ts";

const otherKey = "b3RoZXIga2V5IG90aGVyIGtleSBvdGhlciBrZXkgMTI=";

export function connectSuite(fixtures: Fixtures): void {
  const { hub, pastIdentityLock = (connectionString) => connectionString } = fixtures;

  describe("connect and authentication", () => {
    it("connects with the device's key and says so", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const states: string[] = [];
      client.onConnectionStateChange = ({ status }) => states.push(status);
      await client.connect();
      expect(client.connected).toBe(true);
      expect(client.state).toMatchObject({ status: "connected", attempt: 0, reason: undefined });
      expect(states).toEqual(["connecting", "connected"]);
      expect(await hub.sessions(deviceId)).toHaveLength(1);
    });

    it("does nothing when connected already", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.connect();
      const [before] = await hub.sessions(deviceId);
      await client.connect();
      expect(await hub.sessions(deviceId)).toEqual([before]);
    });

    it("connects by itself for the first operation", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.sendMessage("hello");
      expect(client.connected).toBe(true);
      expect(await hub.telemetry(deviceId)).toHaveLength(1);
    });

    it("connects by itself for a handler", async () => {
      const { client } = await createDevice(fixtures);
      client.onMessageReceived = () => {};
      await vi.waitFor(() => expect(client.connected).toBe(true), 5000);
    });

    it("does not connect by itself with autoConnect off", async () => {
      const { client, deviceId } = await createDevice(fixtures, { autoConnect: false });
      await expect(client.sendMessage("hello")).rejects.toMatchObject({
        name: "NoConnectionError",
        code: "not_connected",
      });
      expect(await hub.sessions(deviceId)).toHaveLength(0);
    });

    it("refuses a wrong key, once", async () => {
      const { connectionString, deviceId } = await createDevice(fixtures);
      const { client, background } = createClient(
        fixtures,
        connectionString.replace(/SharedAccessKey=.*$/, `SharedAccessKey=${otherKey}`),
      );
      const refused = await hub.countEvents("connectionRefused", deviceId);
      await expect(client.connect()).rejects.toBeInstanceOf(CredentialError);
      await expect(client.connect()).rejects.toMatchObject({ code: "not_authorized", retryable: false });
      expect(client.state).toMatchObject({ status: "disconnected", reason: { code: "not_authorized" } });
      expect(background).toEqual([]);
      // Each call is one attempt: nothing goes on behind it.
      expect(await refused()).toBe(2);
    });

    it("refuses a device that the hub does not know", async () => {
      const { connectionString, deviceId } = await createDevice(fixtures);
      await hub.deleteDevice(deviceId);
      const { client } = createClient(fixtures, connectionString);
      await expect(client.connect()).rejects.toMatchObject({
        name: "CredentialError",
        code: "not_authorized",
      });
    });

    it("refuses a disabled device", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await hub.updateDevice(deviceId, { status: "disabled" });
      await expect(client.connect()).rejects.toMatchObject({
        name: "CredentialError",
        code: "not_authorized",
      });
    });

    it("reports a failure to the background when only a handler asked for the connection", async () => {
      const { connectionString, deviceId } = await createDevice(fixtures);
      await hub.deleteDevice(deviceId);
      const { client, background } = createClient(fixtures, connectionString);
      client.onMessageReceived = () => {};
      await vi.waitFor(() => expect(background).toMatchObject([{ code: "not_authorized" }]), 5000);
    });

    it("says which port nobody listens on", async () => {
      const { connectionString } = await createDevice(fixtures);
      const { client } = createClient(fixtures, connectionString.replace(/localhost:\d+/, "localhost:1"));
      const failure = await client.connect().catch((error: Error) => error);
      expect(failure).toMatchObject({ name: "ConnectionFailedError", code: "connect_failed" });
      expect(String(failure)).toContain("localhost:1");
    });

    it("refuses a hub that it does not trust", async (context) => {
      skipWithout(context, fixtures, "customTrust");
      const { connectionString } = await createDevice(fixtures);
      const { serverVerificationCert: _, ...untrusting } = fixtures.connectOptions;
      const client = fixtures.clients.IoTHubDeviceClient.createFromConnectionString(
        connectionString,
        untrusting,
      );
      await expect(client.connect()).rejects.toMatchObject({
        name: "ConnectionFailedError",
        code: "tls_failed",
        remediation: expect.stringContaining("serverVerificationCert"),
      });
      await client.shutdown();
    });

    it("gives up when the hub never answers CONNECT", async () => {
      const { client, deviceId } = await createDevice(fixtures, { connectTimeoutMs: 300 });
      await hub.fault(deviceId, { type: "withholdConnack" });
      await expect(client.connect()).rejects.toMatchObject({
        name: "OperationTimeoutError",
        message: expect.stringContaining("300 ms"),
      });
    });

    it("can be aborted, and connects again afterwards", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await hub.fault(deviceId, { type: "withholdConnack" });
      const reason = new Error("changed my mind");
      const abort = new AbortController();
      const connecting = client.connect({ signal: abort.signal });
      abort.abort(reason);
      await expect(connecting).rejects.toBe(reason);
      await hub.clearFaults(deviceId);
      await client.disconnect();
      await client.connect();
      expect(client.connected).toBe(true);
    });

    it("announces its product and model", async () => {
      const { client, deviceId } = await createDevice(fixtures, {
        productInfo: "Contoso;Möbel 1.0",
        modelId: "dtmi:com:example:Thermostat;1",
      });
      await client.connect();
      const [session] = await hub.sessions(deviceId);
      expect(session).toMatchObject({ modelId: "dtmi:com:example:Thermostat;1" });
      expect(session?.["userAgent"]).toContain("Contoso;Möbel 1.0");
    });

    it("uses every character that a device id may have over MQTT", async () => {
      const { client, deviceId } = await createDevice(fixtures, {}, freshId("A-z0.9:%_*?!(),=@$'"));
      await client.sendMessage("hello");
      expect(await hub.telemetry(deviceId)).toHaveLength(1);
    });

    it("keeps one of two clients with the same id, and the other one says why", async () => {
      const { client, connectionString, deviceId, background } = await createDevice(fixtures, {
        retryPolicy: () => 50,
      });
      await client.connect();
      const second = createClient(fixtures, pastIdentityLock(connectionString), { connectionRetry: false });
      await second.client.connect();
      // The first one comes back and takes over in turn; the second one stays away.
      await vi.waitFor(() => expect(second.background).toMatchObject([{ code: "connection_dropped" }]), 5000);
      await vi.waitFor(() => expect(client.connected).toBe(true), 5000);
      expect(background[0]).toMatchObject({ name: "ConnectionDroppedError", code: "connection_dropped" });
      expect(second.client.state.status).toBe("disconnected");
      expect(await hub.sessions(deviceId)).toHaveLength(1);
    });

    it("does not fight endlessly with a client of the same id", async () => {
      const { client, connectionString, deviceId } = await createDevice(fixtures);
      // The default policy: what a user has who starts the same program twice.
      const patient = { retryPolicy: undefined as never };
      const first = createClient(fixtures, connectionString, patient);
      const second = createClient(fixtures, pastIdentityLock(connectionString), patient);
      await client.shutdown();
      const accepted = await hub.countEvents("deviceConnected", deviceId);
      await first.client.connect();
      await second.client.connect();
      const all = [first, second];
      await vi.waitFor(
        () => {
          const seen = all.flatMap(({ background }) => background);
          expect(seen).toContainEqual(expect.objectContaining({ code: "taken_over" }));
        },
        { timeout: 25_000, interval: 50 },
      );
      expect(await accepted()).toBeLessThan(14);
      const told = all.find(({ background }) =>
        background.some((error) => (error as { code?: string }).code === "taken_over"),
      );
      expect(told?.client.state.nextRetryAt?.getTime()).toBeGreaterThan(Date.now() + 10_000);
    }, 30_000);
  });
}
