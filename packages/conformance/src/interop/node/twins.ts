import type { Twin } from "azure-iot-device";
import { describe, expect, it } from "vitest";
import { createDevice, type Fixtures, hubEvent, inbox, subscribed } from "../official-device.ts";

const desiredFilter = "twin/PATCH/properties/desired/#";

export function twinSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("a twin", () => {
    it("is returned without tags and metadata", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await hub.patchTags(deviceId, { building: 43 });
      await hub.patchDesired(deviceId, {
        interval: 5,
        unit: "°C",
        led: { on: true, colours: ["rot", "grün"] },
      });
      await hub.patchDesired(deviceId, { interval: null, led: { on: false } });
      const twin = await client.getTwin();
      const { update, ...reported } = twin.properties.reported;
      expect(update).toBeTypeOf("function");
      expect(twin.properties.desired).toEqual({
        unit: "°C",
        led: { on: false, colours: ["rot", "grün"] },
        $version: 3,
      });
      expect(reported).toEqual({ $version: 1 });
    });

    it("merges reported properties, and deletes those that are null", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const twin = await client.getTwin();
      const reported = hubEvent(hub, deviceId, "twinReported");
      await report(twin, { battery: 80, network: { ssid: "café ☕", strength: -61 }, old: true });
      expect(await reported).toMatchObject({ version: 2 });
      await report(twin, { network: { strength: -70 }, old: null });
      const { $metadata, ...properties } = (await hub.getTwin(deviceId)).properties.reported;
      expect(properties).toEqual({
        battery: 80,
        network: { ssid: "café ☕", strength: -70 },
        $version: 3,
      });
      expect($metadata).toMatchObject({ battery: { $lastUpdated: expect.any(String) } });
      await twin.get();
      expect(twin.properties.reported).toMatchObject(properties);
    });

    it("rejects invalid reported properties, and names them", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const twin = await client.getTwin();
      const refused = hubEvent(hub, deviceId, "twinRefused");
      await expect(report(twin, { "a.b": 1 })).rejects.toThrow("a.b");
      expect(await refused).toMatchObject({ status: 400 });
      await report(twin, { ab: 1 });
      expect((await hub.getTwin(deviceId)).properties.reported).toMatchObject({ ab: 1, $version: 2 });
    });

    it("notifies its device only of changes to desired properties", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await hub.patchDesired(deviceId, { interval: 5, led: { on: true } });
      const twin = await client.getTwin();
      const listening = subscribed(hub, deviceId, desiredFilter);
      const patches = inbox<object>(twin, "properties.desired");
      expect(await patches()).toEqual({ interval: 5, led: { on: true }, $version: 2 });
      await listening;

      const intervals = inbox<number>(twin, "properties.desired.interval");
      expect(await intervals()).toBe(5);
      await hub.patchDesired(deviceId, { interval: 10, led: null });
      expect(await patches()).toEqual({ interval: 10, led: null, $version: 3 });
      expect(await intervals()).toBe(10);
      expect(twin.properties.desired).toEqual({ interval: 10, $version: 3 });

      await hub.patchTags(deviceId, { floor: 2 });
      await report(twin, { interval: 10 });
      await hub.patchDesired(deviceId, { unit: "°C" });
      expect(await patches()).toEqual({ unit: "°C", $version: 4 });
    });
  });
}

function report(twin: Twin, patch: object): Promise<void> {
  return new Promise((resolve, reject) => {
    twin.properties.reported["update"](patch, (error?: Error | null) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
