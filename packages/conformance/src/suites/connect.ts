import { CredentialError } from "@isohub/core";
import { describe, expect, it } from "vitest";
import { createClient, createDevice, freshId, hostOf, keyOf, withParts } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";
import { skipWithout } from "../skip.ts";

const otherKey = "b3RoZXIga2V5IG90aGVyIGtleSBvdGhlciBrZXkgMTI=";

export function connectSuite(fixtures: Fixtures): void {
  const { hub, pastIdentityLock = (connectionString) => connectionString } = fixtures;

  describe("connect and authentication", () => {
    it("connects with the device's key and reports each state", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const states: string[] = [];
      client.onConnectionStateChange = ({ status }) => states.push(status);
      await client.connect();
      expect(client.connected).toBe(true);
      expect(client.state).toMatchObject({ status: "connected", attempt: 0, reason: undefined });
      expect(states).toEqual(["connecting", "connected"]);
      expect(await hub.sessionsOf(deviceId)).toHaveLength(1);
    });

    it("does nothing if it is already connected", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.connect();
      const [before] = await hub.sessionsOf(deviceId);
      await client.connect();
      expect(await hub.sessionsOf(deviceId)).toEqual([before]);
    });

    it("connects automatically for the first operation", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.sendMessage("hello");
      expect(client.connected).toBe(true);
      expect(await hub.telemetry(deviceId)).toHaveLength(1);
    });

    it("connects automatically for a handler", async () => {
      const { client } = await createDevice(fixtures);
      client.onMessageReceived = () => {};
      await eventually(() => expect(client.connected).toBe(true));
    });

    it("does not connect automatically with autoConnect: false", async () => {
      const { client, deviceId } = await createDevice(fixtures, { autoConnect: false });
      await expect(client.sendMessage("hello")).rejects.toMatchObject({
        name: "NoConnectionError",
        code: "not_connected",
      });
      expect(await hub.sessionsOf(deviceId)).toHaveLength(0);
    });

    it("connects with a connection string as files and forms change it", async () => {
      const deviceId = freshId();
      const { connectionString } = await hub.createDevice(deviceId);
      const key = keyOf(connectionString).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
      const { client } = createClient(
        fixtures,
        `\uFEFF hostname=${hostOf(connectionString)}; DEVICEID = ${deviceId} ;ModuleId=;x509=False;SharedAccessKey=${key};\r\n`,
      );
      await client.sendMessage("hello");
      expect(await hub.telemetry(deviceId)).toHaveLength(1);
    });

    it("connects with the key of a shared access policy", async () => {
      const deviceId = freshId();
      await hub.createDevice(deviceId);
      const policy = await hub.policyConnectionString();
      const { client } = createClient(fixtures, withParts(policy, { DeviceId: deviceId }));
      await client.sendMessage("hello");
      expect(await hub.telemetry(deviceId)).toHaveLength(1);
    });

    it("rejects a wrong key without retrying", async () => {
      const { connectionString, deviceId } = await createDevice(fixtures);
      const { client, background } = createClient(
        fixtures,
        withParts(connectionString, { SharedAccessKey: otherKey }),
      );
      const refused = await hub.countEvents("connectionRefused", deviceId);
      await expect(client.connect()).rejects.toBeInstanceOf(CredentialError);
      await expect(client.connect()).rejects.toMatchObject({ code: "not_authorized", retryable: false });
      expect(client.state).toMatchObject({ status: "disconnected", reason: { code: "not_authorized" } });
      expect(background).toEqual([]);
      // Each call is one attempt, with no retries in the background.
      expect(await refused()).toBe(2);
    });

    it("rejects a device that the hub does not know", async () => {
      const { connectionString, deviceId } = await createDevice(fixtures);
      await hub.deleteDevice(deviceId);
      const { client } = createClient(fixtures, connectionString);
      await expect(client.connect()).rejects.toMatchObject({
        name: "CredentialError",
        code: "not_authorized",
      });
    });

    it("rejects a disabled device", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await hub.updateDevice(deviceId, { status: "disabled" });
      await expect(client.connect()).rejects.toMatchObject({
        name: "CredentialError",
        code: "not_authorized",
      });
    });

    it("reports a failure to onBackgroundException if only a handler needs the connection", async () => {
      const { connectionString, deviceId } = await createDevice(fixtures);
      await hub.deleteDevice(deviceId);
      const { client, background } = createClient(fixtures, connectionString);
      client.onMessageReceived = () => {};
      await eventually(() => expect(background).toMatchObject([{ code: "not_authorized" }]));
    });

    it("names the port if nothing listens there", async () => {
      const { connectionString } = await createDevice(fixtures);
      const { client } = createClient(fixtures, connectionString.replace(/localhost:\d+/, "localhost:1"));
      const failure = await client.connect().catch((error: Error) => error);
      expect(failure).toMatchObject({ name: "ConnectionFailedError", code: "connect_failed" });
      expect(String(failure)).toContain("localhost:1");
    });

    it("rejects a hub that it does not trust", async (context) => {
      skipWithout(context, fixtures, "customTrust");
      const { connectionString } = await createDevice(fixtures);
      const { serverVerificationCert: _, ...untrusting } = fixtures.connectOptions;
      const { client } = createClient({ ...fixtures, connectOptions: untrusting }, connectionString);
      await expect(client.connect()).rejects.toMatchObject({
        name: "ConnectionFailedError",
        code: "tls_failed",
        remediation: expect.stringContaining("serverVerificationCert"),
      });
    });

    it("times out if the hub never responds to CONNECT", async () => {
      const { client, deviceId } = await createDevice(fixtures, { connectTimeoutMs: 300 });
      await hub.faults.withholdConnack({ deviceId });
      await expect(client.connect()).rejects.toMatchObject({
        name: "OperationTimeoutError",
        message: expect.stringContaining("300 ms"),
      });
    });

    it("can be aborted, and connects again later", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await hub.faults.withholdConnack({ deviceId });
      const reason = new Error("changed my mind");
      const abort = new AbortController();
      const connecting = client.connect({ signal: abort.signal });
      abort.abort(reason);
      await expect(connecting).rejects.toBe(reason);
      await hub.faults.clear(deviceId);
      await client.disconnect();
      await client.connect();
      expect(client.connected).toBe(true);
    });

    it("sends its product and model to the hub", async () => {
      const { client, deviceId } = await createDevice(fixtures, {
        productInfo: "Contoso;Möbel 1.0",
        modelId: "dtmi:com:example:Thermostat;1",
      });
      await client.connect();
      const [session] = await hub.sessionsOf(deviceId);
      expect(session).toMatchObject({ modelId: "dtmi:com:example:Thermostat;1" });
      expect(session?.["userAgent"]).toContain("Contoso;Möbel 1.0");
    });

    it("accepts every character that a device id may contain over MQTT", async () => {
      const { client, deviceId } = await createDevice(fixtures, {}, freshId("A-z0.9:%_*?!(),=@$'"));
      await client.sendMessage("hello");
      expect(await hub.telemetry(deviceId)).toHaveLength(1);
    });

    it("disconnects the first of two clients with one id, and reports why", async () => {
      const { client, connectionString, deviceId, background } = await createDevice(fixtures, {
        retryPolicy: () => 50,
      });
      await client.connect();
      const second = createClient(fixtures, pastIdentityLock(connectionString), { connectionRetry: false });
      await second.client.connect();
      // The first client reconnects and evicts the second, which doesn't reconnect.
      await eventually(() => expect(second.background).toMatchObject([{ code: "connection_dropped" }]));
      await eventually(() => expect(client.connected).toBe(true));
      expect(background[0]).toMatchObject({ name: "ConnectionDroppedError", code: "connection_dropped" });
      expect(second.client.state.status).toBe("disconnected");
      expect(await hub.sessionsOf(deviceId)).toHaveLength(1);
    });

    it("stops competing with a client that has the same id", async () => {
      const { client, connectionString, deviceId } = await createDevice(fixtures);
      // The default policy, as when a user starts the same program twice.
      const first = createClient(fixtures, connectionString, { defaultRetries: true });
      const second = createClient(fixtures, pastIdentityLock(connectionString), { defaultRetries: true });
      await client.shutdown();
      const accepted = await hub.countEvents("deviceConnected", deviceId);
      await first.client.connect();
      await second.client.connect();
      const all = [first, second];
      await eventually(() => {
        const seen = all.flatMap(({ background }) => background);
        expect(seen).toContainEqual(expect.objectContaining({ code: "taken_over" }));
      });
      expect(await accepted()).toBeLessThan(14);
      const evicted = all.find(({ background }) => background.some(({ code }) => code === "taken_over"));
      const { nextRetryAt, since } = evicted?.client.state ?? {};
      expect(Number(nextRetryAt) - Number(since)).toBeGreaterThan(10_000);
    });
  });
}
