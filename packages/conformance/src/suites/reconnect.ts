import { describe, expect, it } from "vitest";
import { createDevice } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";

export function reconnectSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("reconnecting", () => {
    it("happens automatically while the application does nothing", async () => {
      const { client, deviceId, background } = await createDevice(fixtures);
      await client.connect();
      const states: string[] = [];
      client.onConnectionStateChange = ({ status }) => states.push(status);
      await hub.kick(deviceId);
      await eventually(() => expect(states).toEqual(["waiting", "connecting", "connected"]));
      expect(background).toMatchObject([{ name: "ConnectionDroppedError", code: "connection_dropped" }]);
      await eventually(async () => expect(await hub.sessionsOf(deviceId)).toHaveLength(1));
    });

    it("doesn't happen with connectionRetry: false until the next operation", async () => {
      const { client, deviceId } = await createDevice(fixtures, { connectionRetry: false });
      await client.connect();
      await hub.kick(deviceId);
      await eventually(() => expect(client.state.status).toBe("disconnected"));
      expect(client.state.reason).toMatchObject({ code: "connection_dropped" });
      await client.sendMessage("back");
      expect(client.connected).toBe(true);
    });

    it("resends all messages in flight, marked as duplicates", async () => {
      const { client, deviceId } = await createDevice(fixtures, { pingTimeoutMs: 60_000 });
      await client.connect();
      await hub.faults.mute("puback", deviceId);
      const sending = Array.from({ length: 300 }, (_, n) => client.sendMessage(String(n)));
      await eventually(async () => expect(await hub.telemetry(deviceId)).toHaveLength(300));
      await hub.faults.clear(deviceId);
      await hub.kick(deviceId);
      await Promise.all(sending);
      const arrived = await hub.telemetry(deviceId);
      expect(arrived).toHaveLength(600);
      expect(arrived.slice(300).every(({ dup }) => dup)).toBe(true);
      expect(arrived.slice(0, 300).some(({ dup }) => dup)).toBe(false);
    });

    it("loses no message if the connection drops at random moments", async () => {
      const { client, deviceId } = await createDevice(fixtures, { retryPolicy: () => 20 });
      await client.connect();
      const acknowledged = new Set<number>();
      let cuts = 0;
      const sending = (async () => {
        for (let n = 0; n < 1000; n += 20) {
          await Promise.all(
            Array.from({ length: 20 }, async (_, at) => {
              await client.sendMessage({ n: n + at });
              acknowledged.add(n + at);
            }),
          );
        }
      })();
      let sent = false;
      const cutting = (async () => {
        while (!sent) {
          const bytes = Math.floor(Math.random() * 6000);
          await hub.faults.drop(deviceId, { afterBytes: bytes });
          await eventually(
            async () => expect(sent || (await hub.faults.rules(deviceId)).length === 0).toBe(true),
            { intervalMs: 2 },
          );
          cuts += 1;
        }
      })();
      await sending;
      sent = true;
      await cutting;
      const arrived = new Set(
        (await hub.telemetry(deviceId)).map(
          ({ body }) => (JSON.parse(new TextDecoder().decode(body)) as { n: number }).n,
        ),
      );
      expect(acknowledged.size).toBe(1000);
      expect([...acknowledged].filter((n) => !arrived.has(n))).toEqual([]);
      expect(cuts).toBeGreaterThan(5);
    });

    it("sends messages that were queued while disconnected", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.connect();
      await hub.faults.refuseConnects(3, { deviceId, times: 3 });
      await hub.kick(deviceId);
      await eventually(() => expect(client.connected).toBe(false));
      await Promise.all([client.sendMessage("one"), client.sendMessage("two")]);
      expect((await hub.telemetry(deviceId)).map(({ body }) => new TextDecoder().decode(body))).toEqual([
        "one",
        "two",
      ]);
    });

    it("ends with an error when the hub no longer accepts the device", async () => {
      const { client, deviceId, background } = await createDevice(fixtures);
      await client.connect();
      await hub.deleteDevice(deviceId);
      await eventually(() => expect(client.state.status).toBe("disconnected"));
      expect(client.state.reason).toMatchObject({ name: "CredentialError", code: "not_authorized" });
      expect(background.at(-1)).toMatchObject({ name: "CredentialError" });
    });

    it("is reported as throttled if the hub's quota is used up, and succeeds afterwards", async () => {
      const { client, deviceId, background } = await createDevice(fixtures);
      await client.sendMessage("within the quota");
      await hub.faults.exceedQuota({ deviceId });
      const sending = client.sendMessage("beyond it");
      await eventually(() =>
        expect(background).toContainEqual(
          expect.objectContaining({
            code: "throttled",
            message: expect.stringContaining(`devices/${deviceId}/messages/events/`),
            remediation: expect.stringContaining("quota"),
          }),
        ),
      );
      await hub.faults.clear(deviceId);
      await sending;
    });

    it("follows a dead connection, detected by keep-alive", async () => {
      const { client, deviceId, background } = await createDevice(fixtures, {
        keepAlive: 1,
        pingTimeoutMs: 2000,
      });
      await client.connect();
      await hub.faults.blackHole(deviceId);
      await eventually(() => expect(background[0]).toMatchObject({ code: "keep_alive_timeout" }));
      await hub.faults.clear(deviceId);
      await client.sendMessage("alive");
    });

    it("follows a dead connection sooner while a message is unacknowledged", async () => {
      const { client, deviceId, background } = await createDevice(fixtures, {
        keepAlive: 600,
        pingTimeoutMs: 1000,
      });
      await client.connect();
      await hub.faults.blackHole(deviceId);
      const sending = client.sendMessage("x");
      await eventually(() => expect(background[0]).toMatchObject({ code: "keep_alive_timeout" }));
      await hub.faults.clear(deviceId);
      await sending;
    });

    it("isn't needed for an idle connection, which pings keep open", async () => {
      const { client, deviceId } = await createDevice(fixtures, { keepAlive: 5 });
      await client.connect();
      const [before] = await hub.sessionsOf(deviceId);
      // The hub drops a connection that is silent for 1.5 times its keep-alive.
      const age = (): number => Date.now() - Date.parse(before?.connectedAt ?? "");
      await eventually(() => expect(age()).toBeGreaterThan(2 * 1.5 * 5000), { intervalMs: 100 });
      expect(await hub.sessionsOf(deviceId)).toEqual([before]);
    });

    it("continues while the hub is unavailable", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.connect();
      const attempts: number[] = [];
      client.onConnectionStateChange = ({ attempt }) => attempts.push(attempt);
      await hub.faults.refuseConnects(3, { deviceId, times: 8 });
      await hub.kick(deviceId);
      await eventually(() => expect(attempts).toContain(8));
      await eventually(() => expect(client.connected).toBe(true));
      await client.sendMessage("back");
    });
  });
}
