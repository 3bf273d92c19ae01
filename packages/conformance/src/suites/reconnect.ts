import { describe, expect, it, vi } from "vitest";
import { createDevice } from "../device.ts";
import type { Fixtures } from "../fixtures.ts";

export function reconnectSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("reconnecting", () => {
    it("happens by itself for a client that does nothing", async () => {
      const { client, deviceId, background } = await createDevice(fixtures);
      await client.connect();
      const states: string[] = [];
      client.onConnectionStateChange = ({ status }) => states.push(status);
      await hub.kick(deviceId);
      await vi.waitFor(() => expect(states).toEqual(["waiting", "connecting", "connected"]), 5000);
      expect(background).toMatchObject([{ name: "ConnectionDroppedError", code: "connection_dropped" }]);
      await vi.waitFor(async () => expect(await hub.sessions(deviceId)).toHaveLength(1), 5000);
    });

    it("stays away with connectionRetry off, and comes back when asked to", async () => {
      const { client, deviceId } = await createDevice(fixtures, { connectionRetry: false });
      await client.connect();
      await hub.kick(deviceId);
      await vi.waitFor(() => expect(client.state.status).toBe("disconnected"), 5000);
      expect(client.state.reason).toMatchObject({ code: "connection_dropped" });
      await client.sendMessage("back");
      expect(client.connected).toBe(true);
    });

    it("sends again what was in flight, in parallel, marked as sent before", async () => {
      const { client, deviceId } = await createDevice(fixtures, { pingTimeoutMs: 60_000 });
      await client.connect();
      await hub.fault(deviceId, { type: "mute", answer: "puback" });
      const sending = Array.from({ length: 300 }, (_, n) => client.sendMessage(String(n)));
      await vi.waitFor(async () => expect(await hub.telemetry(deviceId)).toHaveLength(300), 5000);
      await hub.clearFaults(deviceId);
      await hub.kick(deviceId);
      await Promise.all(sending);
      const arrived = await hub.telemetry(deviceId);
      expect(arrived).toHaveLength(600);
      expect(arrived.slice(300).every(({ dup }) => dup)).toBe(true);
      expect(arrived.slice(0, 300).some(({ dup }) => dup)).toBe(false);
    });

    it("loses no message when the connection is cut at random moments", async () => {
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
      let over = false;
      const cutting = (async () => {
        while (!over) {
          const bytes = Math.floor(Math.random() * 6000);
          await hub.fault(deviceId, { type: "drop", afterBytes: bytes });
          await vi.waitFor(async () => expect(over || !(await hub.hasFault(deviceId))).toBe(true), {
            timeout: 20_000,
            interval: 2,
          });
          cuts += 1;
        }
      })();
      await sending;
      over = true;
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

    it("sends what was handed over while there was no connection", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.connect();
      await hub.fault(deviceId, { type: "refuseConnects", returnCode: 3, times: 3 });
      await hub.kick(deviceId);
      await vi.waitFor(() => expect(client.connected).toBe(false), 5000);
      await Promise.all([client.sendMessage("one"), client.sendMessage("two")]);
      expect((await hub.telemetry(deviceId)).map(({ body }) => new TextDecoder().decode(body))).toEqual([
        "one",
        "two",
      ]);
    });

    it("stops, and says so, when the hub does not want the device any more", async () => {
      const { client, deviceId, background } = await createDevice(fixtures);
      await client.connect();
      await hub.deleteDevice(deviceId);
      await vi.waitFor(() => expect(client.state.status).toBe("disconnected"), 5000);
      expect(client.state.reason).toMatchObject({ name: "CredentialError", code: "not_authorized" });
      expect(background.at(-1)).toMatchObject({ name: "CredentialError" });
    });

    it("notices a connection that is dead without a word", async () => {
      const { client, deviceId, background } = await createDevice(fixtures, {
        keepAlive: 1,
        pingTimeoutMs: 300,
      });
      await client.connect();
      await hub.fault(deviceId, { type: "blackHole" });
      await vi.waitFor(() => expect(background).toMatchObject([{ code: "keep_alive_timeout" }]), 5000);
      await hub.clearFaults(deviceId);
      await client.sendMessage("alive");
    });

    it("notices it sooner while a message waits for its acknowledgement", async () => {
      const { client, deviceId, background } = await createDevice(fixtures, {
        keepAlive: 600,
        pingTimeoutMs: 200,
      });
      await client.connect();
      await hub.fault(deviceId, { type: "blackHole" });
      const sending = client.sendMessage("x");
      await vi.waitFor(() => expect(background).toMatchObject([{ code: "keep_alive_timeout" }]), 5000);
      await hub.clearFaults(deviceId);
      await sending;
    });

    it("keeps a silent connection open with pings", async () => {
      const { client, deviceId } = await createDevice(fixtures, { keepAlive: 1 });
      await client.connect();
      const [before] = await hub.sessions(deviceId);
      // The hub ends a connection after 1.5 keep-alives of silence: this one is silent for four.
      const lived = (): number => Date.now() - Date.parse(before?.connectedAt ?? "");
      await vi.waitFor(() => expect(lived()).toBeGreaterThan(4000), { timeout: 8000, interval: 100 });
      expect(await hub.sessions(deviceId)).toEqual([before]);
    });

    it("survives a hub that is gone for a while", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.connect();
      await hub.fault(deviceId, { type: "refuseConnects", returnCode: 3, times: 8 });
      await hub.kick(deviceId);
      await vi.waitFor(() => expect(client.state.attempt).toBeGreaterThan(3), 5000);
      await vi.waitFor(() => expect(client.connected).toBe(true), 10_000);
      await client.sendMessage("back");
    });
  });
}
