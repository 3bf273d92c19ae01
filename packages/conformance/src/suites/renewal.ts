import { describe, expect, it, vi } from "vitest";
import { createDevice } from "../device.ts";
import type { Fixtures } from "../fixtures.ts";

export function renewalSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("token renewal", () => {
    it("reconnects before the token ends, under load, without losing a message", async () => {
      const { client, deviceId, background } = await createDevice(fixtures, { sastokenTtl: 2 });
      const connections = await hub.countEvents("deviceConnected", deviceId);
      await client.connect();
      const sent: Promise<void>[] = [];
      let n = 0;
      await vi.waitFor(
        async () => {
          sent.push(client.sendMessage(String(n++)));
          expect(await connections()).toBeGreaterThanOrEqual(4);
        },
        { timeout: 15_000, interval: 5 },
      );
      await Promise.all(sent);
      const arrived = (await hub.telemetry(deviceId)).map(({ body }) =>
        Number(new TextDecoder().decode(body)),
      );
      expect(new Set(arrived).size).toBe(n);
      // Planned reconnections are no failures: nothing was cut, nothing had to be sent twice.
      expect(background).toEqual([]);
      expect(arrived).toHaveLength(n);
    });

    it("does not disturb a client with a token of ten years", async () => {
      const { client, deviceId } = await createDevice(fixtures, { sastokenTtl: 315_360_000 });
      const connections = await hub.countEvents("deviceConnected", deviceId);
      await client.connect();
      await client.sendMessage("x");
      await client.getTwin();
      expect(await connections()).toBe(1);
    });
  });
}
