import type { Client, DeviceMethodRequest, DeviceMethodResponse } from "azure-iot-device";
import { describe, expect, it } from "vitest";
import { untilConnected } from "../../device.ts";
import { createDevice, type Fixtures } from "../official-device.ts";

export function methodSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("a direct method", () => {
    it("delivers the request to the device, and returns the response", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      client.onDeviceMethod("reboot", async (request, response) => {
        await response.send(207, { got: request.payload, name: request.methodName, ok: "ja ✓" });
      });
      const result = await hub.invokeMethod(deviceId, "reboot", { delay: 5, why: "größer" }, untilConnected);
      expect(result).toEqual({
        status: 207,
        payload: { got: { delay: 5, why: "größer" }, name: "reboot", ok: "ja ✓" },
      });
    });

    it("works without payloads", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const requests: unknown[] = [];
      client.onDeviceMethod("ping", async (request, response) => {
        requests.push(request.payload);
        await response.send(200, null);
      });
      expect(await hub.invokeMethod(deviceId, "ping", undefined, untilConnected)).toEqual({
        status: 200,
        payload: null,
      });
      expect(requests).toEqual([null]);
    });

    it("returns each response to its caller, in any order", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const waiting = collect(client, "count", 3);
      const calls = ["a", "b", "c"].map((name) => hub.invokeMethod(deviceId, "count", name, untilConnected));
      for (const [request, response] of (await waiting).reverse()) {
        await response.send(200, request.payload);
      }
      expect(await Promise.all(calls)).toEqual(["a", "b", "c"].map((payload) => ({ status: 200, payload })));
    });

    it("fails at the hub if the device disconnects without responding", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const waiting = collect(client, "sleep", 1);
      const call = hub.invokeMethod(deviceId, "sleep", null, untilConnected);
      const failed = expect(call).rejects.toMatchObject({ name: "DeviceConnectionClosedRemotely" });
      await waiting;
      await client.close();
      await failed;
      await expect(hub.invokeMethod(deviceId, "sleep")).rejects.toMatchObject({ name: "DeviceNotOnline" });
    });
  });
}

/** Collects a number of calls. */
function collect(
  client: Client,
  name: string,
  count: number,
): Promise<[DeviceMethodRequest, DeviceMethodResponse][]> {
  return new Promise((resolve) => {
    const held: [DeviceMethodRequest, DeviceMethodResponse][] = [];
    client.onDeviceMethod(name, (request, response) => {
      if (held.push([request, response]) === count) resolve(held);
    });
  });
}
