import { Message } from "azure-iot-device";
import { describe, expect, it } from "vitest";
import { createDevice, type Fixtures, hubEvent } from "../official-device.ts";

const utf8 = new TextEncoder();

export function telemetrySuite(fixtures: Fixtures): void {
  const { hub, transport } = fixtures;

  describe("telemetry", () => {
    it("arrives with reserved and non-ASCII characters in property names and values unchanged", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const properties = {
        "temp unit": "°C & 'x'=50%+/?#~!*()",
        $dollar: "$v",
        "emoji😀": "ключ",
        "a=b": "c=d&e",
        "100%": "%41",
        empty: "",
      };
      const message = new Message("grüß dich, 世界");
      for (const [key, value] of Object.entries(properties)) message.properties.add(key, value);
      await client.sendEvent(message);
      // The message is acknowledged, so the hub has it.
      expect(hub.telemetry(deviceId)).toMatchObject([{ body: utf8.encode("grüß dich, 世界"), properties }]);
      expect(Object.keys(hub.telemetry(deviceId)[0]?.properties ?? {})).toEqual(Object.keys(properties));
    });

    it("arrives with its system properties, separate from the application's", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const message = new Message(JSON.stringify({ t: 21.5 }));
      message.messageId = "m/1 ü";
      message.correlationId = "c=1&2";
      message.userId = "user 1";
      message.to = "/somewhere/else";
      message.contentType = "application/json";
      message.contentEncoding = "utf-8";
      message.expiryTimeUtc = new Date(Date.UTC(2031, 0, 2, 3, 4, 5, 6));
      message.setAsSecurityMessage();
      message.properties.add("dt-subject", "thermostat1");
      message.properties.add("level", "high");
      await client.sendEvent(message);
      const [arrived] = hub.telemetry(deviceId);
      expect(arrived?.systemProperties).toMatchObject({
        messageId: "m/1 ü",
        correlationId: "c=1&2",
        userId: "user 1",
        to: "/somewhere/else",
        contentType: "application/json",
        contentEncoding: "utf-8",
        expiryTimeUtc: "2031-01-02T03:04:05.006Z",
        interfaceId: "urn:azureiot:Security:SecurityAgent:1",
        componentName: "thermostat1",
        connectionDeviceId: deviceId,
      });
      expect(arrived?.properties).toEqual({ level: "high" });
    });

    it("can have any body, even an empty one", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
      await client.sendEvent(new Message(Buffer.from(bytes)));
      await client.sendEvent(new Message(""));
      expect(hub.telemetry(deviceId).map(({ body }) => body)).toEqual([bytes, new Uint8Array()]);
    });

    it("keeps its order when many messages are in flight", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const bodies = Array.from({ length: 200 }, (_, at) => `message ${at}`);
      await client.open();
      await Promise.all(bodies.map((body) => client.sendEvent(new Message(body))));
      const arrived = hub.telemetry(deviceId);
      expect(arrived.map(({ body }) => Buffer.from(body).toString())).toEqual(bodies);
    });

    it("may have 256 KiB; with one more property the hub closes the connection", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      client.setRetryPolicy({ shouldRetry: () => false, nextRetryTimeout: () => -1 });
      const body = Buffer.alloc(256 * 1024, "x");
      await client.sendEvent(new Message(body));
      expect(hub.telemetry(deviceId)).toMatchObject([{ body: { length: 256 * 1024 } }]);
      const tooLarge = new Message(body);
      tooLarge.properties.add("one", "more");
      const ended = hubEvent(hub, deviceId, "deviceDisconnected");
      await expect(client.sendEvent(tooLarge)).rejects.toMatchObject({ name: "NotConnectedError" });
      expect(await ended).toMatchObject({ reason: "protocolError" });
      expect(hub.telemetry(deviceId)).toHaveLength(1);
    });

    it("arrives from a device whose id has every allowed character", async () => {
      const deviceId = `Dev-${transport}:2.%41_*?!(3),=@$'x`;
      const { client } = await createDevice(fixtures, {}, deviceId);
      await client.sendEvent(new Message("here"));
      expect(hub.telemetry(deviceId)).toMatchObject([{ deviceId, body: utf8.encode("here") }]);
    });
  });
}
