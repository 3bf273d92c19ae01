import { describe, expect, it } from "vitest";
import { createDevice } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";

export function twinsSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("twins", () => {
    it("are returned with desired and reported properties and their versions", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await hub.patchDesired(deviceId, { a: { b: [1, 2] } });
      expect(await client.getTwin()).toEqual({
        desired: { a: { b: [1, 2] }, $version: 2 },
        reported: { $version: 1 },
      });
    });

    it("accept reported properties: objects merge, null deletes, arrays are replaced", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.patchTwinReportedProperties({ a: { x: 1, y: 2 }, list: [1, 2, 3], ключ_ö: "✓" });
      const answer = await client.patchTwinReportedProperties({ a: { x: null }, list: [4] });
      expect(answer).toEqual({ version: 3 });
      const { reported } = await client.getTwin();
      expect(reported).toEqual({ a: { y: 2 }, list: [4], ключ_ö: "✓", $version: 3 });
      expect((await hub.getTwin(deviceId)).properties.reported).toMatchObject({ a: { y: 2 }, list: [4] });
    });

    it("reject reported properties that the hub rejects, with its status and tracking id", async () => {
      const { client } = await createDevice(fixtures);
      await expect(client.patchTwinReportedProperties({ "a.b": 1 })).rejects.toMatchObject({
        name: "ServiceError",
        code: "service_error",
        statusCode: 400,
        errorCode: expect.any(Number),
        trackingId: expect.stringMatching(/.+/),
        retryable: false,
      });
    });

    it("reject with 429 and the time to wait if the hub throttles", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.getTwin();
      await hub.faults.failTwin(deviceId, { status: 429, retryAfterSeconds: 3 });
      await expect(client.patchTwinReportedProperties({ a: 1 })).rejects.toMatchObject({
        name: "ServiceError",
        statusCode: 429,
        retryAfterMs: 3000,
        retryable: true,
      });
      await hub.faults.clear(deviceId);
    });

    it("reject a patch that isn't an object before connecting", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      for (const wrong of [null, [], "x", 1, { t: Number.NaN }, { list: [null] }, Promise.resolve({})]) {
        await expect(client.patchTwinReportedProperties(wrong as never)).rejects.toMatchObject({
          name: "ArgumentError",
          code: "invalid_argument",
        });
      }
      expect(await hub.sessionsOf(deviceId)).toHaveLength(0);
    });

    it("deliver all desired properties first, then each change, including deletions", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await hub.patchDesired(deviceId, { a: 1, b: { c: 2 } });
      const patches: unknown[] = [];
      client.onTwinDesiredPropertiesPatchReceived = (patch) => patches.push(patch);
      await client.connect();
      await eventually(() => expect(patches).toEqual([{ a: 1, b: { c: 2 }, $version: 2 }]));
      await hub.patchDesired(deviceId, { b: { c: null, d: [1] } });
      await eventually(() => expect(patches[1]).toEqual({ b: { c: null, d: [1] }, $version: 3 }));
    });

    it("deliver changes made while the device was disconnected, as one patch", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await hub.patchDesired(deviceId, { keep: 1, change: 1, remove: 1, list: [1] });
      const patches: unknown[] = [];
      client.onTwinDesiredPropertiesPatchReceived = (patch) => patches.push(patch);
      await client.connect();
      await eventually(() => expect(patches).toHaveLength(1));
      await client.disconnect();
      await hub.patchDesired(deviceId, { change: 2, list: [2] });
      await hub.patchDesired(deviceId, { remove: null });
      await client.connect();
      await eventually(() => expect(patches).toHaveLength(2));
      expect(patches[1]).toEqual({ change: 2, list: [2], remove: null, $version: 4 });
      // The next change is the only other patch.
      await hub.patchDesired(deviceId, { change: 3 });
      await eventually(() => expect(patches[2]).toEqual({ change: 3, $version: 5 }));
      expect(patches).toHaveLength(3);
    });

    it("aren't read automatically with ensureDesiredProperties: false", async () => {
      const { client, deviceId } = await createDevice(fixtures, { ensureDesiredProperties: false });
      await hub.patchDesired(deviceId, { a: 1 });
      const patches: unknown[] = [];
      client.onTwinDesiredPropertiesPatchReceived = (patch) => patches.push(patch);
      await client.connect();
      await hub.patchDesired(deviceId, { a: 2 });
      await eventually(() => expect(patches).toEqual([{ a: 2, $version: 3 }]));
    });

    it("report a patch that isn't valid JSON, and deliver later ones", async () => {
      const { client, deviceId, background } = await createDevice(fixtures);
      const patches: unknown[] = [];
      client.onTwinDesiredPropertiesPatchReceived = (patch) => patches.push(patch);
      await client.connect();
      await eventually(() => expect(patches).toHaveLength(1));
      await hub.faults.publishRaw(deviceId, "$iothub/twin/PATCH/properties/desired/?$version=2", "{oops");
      await eventually(() =>
        expect(background).toMatchObject([{ name: "ProtocolError", code: "invalid_json" }]),
      );
      await hub.patchDesired(deviceId, { a: 1 });
      await eventually(() => expect(patches[1]).toEqual({ a: 1, $version: 2 }));
    });

    it("time out if the hub doesn't respond", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.getTwin();
      await hub.faults.mute("twin", deviceId);
      await expect(client.getTwin({ timeoutMs: 200 })).rejects.toMatchObject({ code: "operation_timeout" });
      await hub.faults.clear(deviceId);
      expect(await client.getTwin()).toHaveProperty("desired");
    });

    it("reject a pending read if the connection is lost, and can be read again", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.getTwin();
      await hub.faults.mute("twin", deviceId);
      const reading = client.getTwin();
      const lost = expect(reading).rejects.toMatchObject({ name: "ConnectionDroppedError", retryable: true });
      await client.sendMessage("the request is out");
      await hub.kick(deviceId);
      await lost;
      await hub.faults.clear(deviceId);
      expect(await client.getTwin()).toHaveProperty("desired");
    });
  });
}
