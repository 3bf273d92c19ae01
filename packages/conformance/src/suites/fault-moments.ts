import type { IoTHubDeviceClient } from "@isohub/core";
import { describe, expect, it } from "vitest";
import { sample } from "../../../../scripts/lib/sample.mjs";
import { createDevice, freshId } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";
import type { TestHub } from "../test-hub.ts";

type Fault = (hub: TestHub, deviceId: string) => Promise<unknown>;

/** Faults that every runtime can meet: the hub's control API makes them. */
const faults: Readonly<Record<string, Fault>> = {
  "a reset": (hub, deviceId) => hub.faults.drop(deviceId),
  "an orderly end": (hub, deviceId) => hub.faults.drop(deviceId, { how: "fin" }),
  "the end of the session": (hub, deviceId) => hub.kick(deviceId),
  "a black hole": (hub, deviceId) => hub.faults.blackHole(deviceId),
  "a message that isn't acknowledged": (hub, deviceId) => hub.faults.mute("puback", deviceId, { times: 1 }),
  "the end after a message": (hub, deviceId) => hub.faults.drop(deviceId, { how: "fin", afterPublishes: 1 }),
  "a quota that is used up": (hub, deviceId) => hub.faults.exceedQuota({ deviceId, times: 2 }),
  "CONNACK 3": async (hub, deviceId) => {
    await hub.faults.refuseConnects(3, { deviceId });
    await hub.faults.drop(deviceId);
  },
  "no CONNACK": async (hub, deviceId) => {
    await hub.faults.withholdConnack({ deviceId });
    await hub.faults.drop(deviceId);
  },
  "no SUBACK": async (hub, deviceId) => {
    await hub.faults.mute("suback", deviceId, { times: 1 });
    await hub.faults.drop(deviceId);
  },
};

type Moment = (client: IoTHubDeviceClient, fault: () => Promise<unknown>) => Promise<unknown>[];

/** The operations that a fault interrupts. Requests may be rejected: they aren't repeated. */
const moments: Readonly<Record<string, Moment>> = {
  idle: (_client, fault) => [fault()],
  burst: (client, fault) => [
    ...Array.from({ length: 30 }, (_, n) => client.sendMessage(`before ${n}`)),
    fault(),
    ...Array.from({ length: 30 }, (_, n) => client.sendMessage(`after ${n}`)),
  ],
  "twin get": (client, fault) => [client.getTwin().catch(() => {}), fault()],
  patch: (client, fault) => [client.patchTwinReportedProperties({ level: 1 }).catch(() => {}), fault()],
  subscribing: (client, fault) => {
    client.onMessageReceived = () => {};
    return [fault()];
  },
  disconnecting: (client, fault) => [fault(), client.disconnect()],
};

const cells = Object.keys(faults).flatMap((fault) =>
  Object.keys(moments).map((moment) => ({ fault, moment })),
);

/** A sample of the faults at the moments of a device, each side by side. `npm run matrix` makes many more on Node. */
export function faultMomentsSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  const run = async ({ fault, moment }: (typeof cells)[number]): Promise<void> => {
    const { client, deviceId } = await createDevice(
      fixtures,
      {
        firstConnectionRetry: true,
        keepAlive: 2,
        pingTimeoutMs: 3000,
        connectStepTimeoutMs: 3000,
        acknowledgementTimeoutMs: 3000,
        overtakenTimeoutMs: 3000,
      },
      freshId("cell"),
    );
    await client.connect();
    await Promise.all(moments[moment]?.(client, async () => faults[fault]?.(hub, deviceId)) ?? []);
    await client.sendMessage("probe");
    await eventually(async () => expect(await hub.sessionsOf(deviceId)).toHaveLength(1));
    const copies = new Map<string, number>();
    for (const { body, dup } of await hub.telemetry(deviceId)) {
      const text = new TextDecoder().decode(body);
      copies.set(text, (copies.get(text) ?? 0) + (dup ? 0 : 1));
    }
    expect(copies.has("probe")).toBe(true);
    // If the original was lost, only a copy has arrived.
    expect(Math.max(...copies.values())).toBeLessThanOrEqual(1);
    expect(copies.size).toBe(moment === "burst" ? 61 : 1);
    await client.shutdown();
  };

  describe("faults at moments", () => {
    it("lose no acknowledged message, and settle every operation", async () => {
      const seed = Math.floor(Math.random() * 0x8000_0000);
      const chosen = sample(cells, 12, seed);
      const results = await Promise.allSettled(chosen.map(run));
      const failed = results.flatMap((result, index) =>
        result.status === "rejected" ? [{ ...chosen[index], reason: String(result.reason) }] : [],
      );
      expect(failed, `seed ${seed}`).toEqual([]);
    });
  });
}
