import { describe, expect, it } from "vitest";
import { createDevice } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";

/** Recovery from faults of a hub that a client can only notice by time or by what doesn't happen. */
export function reliabilitySuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("reliability", () => {
    it("a message outlives an attempt to reconnect that gets no CONNACK", async () => {
      const { client, deviceId, background } = await createDevice(fixtures, { connectStepTimeoutMs: 1000 });
      await client.connect();
      await hub.faults.withholdConnack({ deviceId, times: 1 });
      await hub.faults.drop(deviceId);
      await client.sendMessage("x");
      expect(background).toContainEqual(
        expect.objectContaining({
          code: "operation_timeout",
          message: expect.stringMatching(/within \d+ ms: there was /),
        }),
      );
    });

    it("a client whose messages are never acknowledged connects again, and sends them again", async () => {
      const { client, deviceId, background } = await createDevice(fixtures, {
        acknowledgementTimeoutMs: 1000,
      });
      await client.connect();
      await hub.faults.mute("puback", deviceId);
      const lost = Array.from({ length: 1000 }, () => client.sendMessage("x"));
      await eventually(async () => expect(await hub.telemetry(deviceId)).toHaveLength(1000));
      await hub.faults.unmute("puback", deviceId);
      await client.sendMessage("after");
      await Promise.all(lost);
      expect(background).toContainEqual(expect.objectContaining({ code: "acknowledgement_timeout" }));
    });

    it("a client one of whose messages isn't acknowledged connects again, and sends it again", async () => {
      const { client, deviceId, background } = await createDevice(fixtures, { overtakenTimeoutMs: 1000 });
      await client.connect();
      await hub.faults.mute("puback", deviceId, { times: 1 });
      const lost = client.sendMessage("lost");
      await client.sendMessage("later");
      await lost;
      expect(background).toContainEqual(expect.objectContaining({ code: "acknowledgement_timeout" }));
      const bodies = (await hub.telemetry(deviceId)).map(({ body, dup }) => [
        new TextDecoder().decode(body),
        dup,
      ]);
      expect(bodies).toContainEqual(["lost", true]);
    });

    it("a device with handlers only, whose first connection is lost before SUBACK, connects again", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await hub.faults.mute("suback", deviceId, { times: 1 });
      client.onMessageReceived = () => {};
      await eventually(async () => expect(await hub.sessionsOf(deviceId)).toHaveLength(1));
      await hub.faults.drop(deviceId);
      await eventually(() => expect(client.connected).toBe(true));
    });

    it("firstConnectionRetry waits for a hub that isn't there yet", async () => {
      const { client, deviceId, background } = await createDevice(fixtures, { firstConnectionRetry: true });
      await hub.faults.refuseConnects(3, { deviceId, times: 3 });
      await client.connect();
      expect(background.map(({ code }) => code)).toEqual(Array(3).fill("server_unavailable"));
    });
  });
}
