import { describe, expect, it } from "vitest";
import { createDevice } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";

export function renewalSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("token renewal", () => {
    it("reconnects before the token expires, while sending, without losing a message", async () => {
      const { client, deviceId, background } = await createDevice(fixtures, { sastokenTtl: 4 });
      const connections = await hub.countEvents("deviceConnected", deviceId);
      await client.connect();
      const sent: Promise<void>[] = [];
      let n = 0;
      await eventually(
        async () => {
          sent.push(client.sendMessage(String(n++)));
          expect(await connections()).toBeGreaterThanOrEqual(4);
        },
        { intervalMs: 5 },
      );
      await Promise.all(sent);
      const arrived = (await hub.telemetry(deviceId)).map(({ body }) =>
        Number(new TextDecoder().decode(body)),
      );
      expect(new Set(arrived).size).toBe(n);
      // Planned reconnects aren't failures: no error is reported, and no message is sent twice.
      expect(background).toEqual([]);
      expect(arrived).toHaveLength(n);
    });

    it("doesn't happen with a token that is valid for ten years", async () => {
      const { client, deviceId } = await createDevice(fixtures, { sastokenTtl: 315_360_000 });
      const connections = await hub.countEvents("deviceConnected", deviceId);
      await client.connect();
      await client.sendMessage("x");
      await client.getTwin();
      expect(await connections()).toBe(1);
    });
  });
}
