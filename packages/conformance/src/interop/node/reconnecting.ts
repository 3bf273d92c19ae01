import { Message } from "azure-iot-device";
import { describe, expect, it } from "vitest";
import { untilConnected } from "../../device.ts";
import { createDevice, type Fixtures, hubEvent, inbox, subscribed } from "../official-device.ts";

export function reconnectingSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("after a lost connection", () => {
    it("a device that listens reconnects automatically, and everything works again", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const listening = Promise.all(
        ["devicebound/#", "methods/POST/#", "desired/#"].map((end) => subscribed(hub, deviceId, end)),
      );
      const messages = inbox<Message>(client, "message");
      client.onDeviceMethod("echo", async (request, response) => {
        await response.send(200, request.payload);
      });
      const twin = await client.getTwin();
      const patches = inbox<object>(twin, "properties.desired");
      expect(await patches()).toEqual({ $version: 1 });
      await listening;
      // Packets arrive in order, so with this acknowledgement the client has those of its subscriptions.
      await client.sendEvent(new Message("before"));

      const back = hubEvent(hub, deviceId, "deviceConnected");
      expect(hub.kick(deviceId)).toBe(true);
      await hub.sendC2d(deviceId, "while you were away");
      expect(await back).toMatchObject({ sessionPresent: true, clean: false });

      expect((await messages()).getBytes().toString()).toBe("while you were away");
      // The client doesn't subscribe to desired properties again, so the hub must keep the subscription.
      await hub.patchDesired(deviceId, { interval: 7 });
      expect(await patches()).toEqual({ interval: 7, $version: 2 });
      expect(await hub.invokeMethod(deviceId, "echo", "hello", untilConnected)).toEqual({
        status: 200,
        payload: "hello",
      });
      await client.sendEvent(new Message("still here"));
      expect(hub.telemetry(deviceId)).toHaveLength(2);
      await twin.get();
      expect(twin.properties.desired).toEqual({ interval: 7, $version: 2 });
      expect(hub.sessions().filter((session) => session.deviceId === deviceId)).toHaveLength(1);
    });

    it("a device that only sends reconnects for its next message", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.sendEvent(new Message("before"));
      expect(hub.kick(deviceId)).toBe(true);
      await client.sendEvent(new Message("after"));
      const texts = hub.telemetry(deviceId).map(({ body }) => Buffer.from(body).toString());
      expect(texts).toEqual(["before", "after"]);
    });

    it("an unacknowledged message is sent again", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.open();
      hub.faults.drop(deviceId, { afterPublishes: 1 });
      await client.sendEvent(new Message("twice"));
      expect(hub.telemetry(deviceId).map(({ body }) => Buffer.from(body).toString())).toEqual([
        "twice",
        "twice",
      ]);
    });
  });
}
