import { Message } from "azure-iot-device";
import { describe, expect, it } from "vitest";
import {
  createClient,
  createDevice,
  type Fixtures,
  hubEvent,
  inbox,
  propertiesOf,
  subscribed,
} from "../official-device.ts";

export function c2dSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("a cloud-to-device message", () => {
    it("arrives with all its properties, is completed, and the sender receives feedback", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.open();
      const next = inbox<Message>(client, "message");
      const completed = hubEvent(hub, deviceId, "c2dCompleted");
      const expiryTimeUtc = new Date(Date.now() + 600_000);
      await hub.sendC2d(deviceId, "grüß dich", {
        messageId: "m/1",
        correlationId: "c=1",
        userId: "u 1",
        contentType: "application/json",
        contentEncoding: "utf-8",
        expiryTimeUtc,
        ack: "full",
        properties: { plus: "a+b", amp: "a&b", percent: "%41", hash: "#1" },
      });
      const message = await next();
      expect(message).toMatchObject({
        messageId: "m/1",
        to: `/devices/${deviceId}/messages/deviceBound`,
        correlationId: "c=1",
        userId: "u 1",
        contentType: "application/json",
        contentEncoding: "utf-8",
        expiryTimeUtc: expiryTimeUtc.toISOString(),
      });
      expect(message.getBytes().toString()).toBe("grüß dich");
      expect(propertiesOf(message)).toEqual({
        "iothub-ack": "full",
        plus: "a+b",
        amp: "a&b",
        percent: "%41",
        hash: "#1",
      });
      expect((await client.complete(message)).constructor.name).toBe("MessageCompleted");
      expect(await completed).toMatchObject({ messageId: "m/1", outcome: "Success" });
      expect(hub.c2dQueue(deviceId)).toEqual([]);
      expect(hub.feedback().filter((record) => record.deviceId === deviceId)).toMatchObject([
        { originalMessageId: "m/1", statusCode: "Success" },
      ]);
    });

    it("waits for its device, and arrives once, in order with others", async () => {
      const { client, deviceId, connectionString } = await createDevice(fixtures);
      for (const text of ["one", "two", "three"]) await hub.sendC2d(deviceId, text, { messageId: text });
      await client.open();
      const next = inbox<Message>(client, "message");
      const completed = hubEvent(hub, deviceId, "c2dCompleted", ({ messageId }) => messageId === "three");
      const texts: string[] = [];
      for (let count = 0; count < 3; count++) texts.push((await next()).getBytes().toString());
      expect(texts).toEqual(["one", "two", "three"]);
      await completed;
      await client.close();

      await hub.sendC2d(deviceId, "four");
      const again = await createClient(fixtures, connectionString);
      // Listening connects the client, and the hub sends immediately, because the session is subscribed.
      expect((await inbox<Message>(again, "message")()).getBytes().toString()).toBe("four");
    });

    it("arrives at the same time as a desired patch", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const next = inbox<Message>(client, "message");
      const twin = await client.getTwin();
      const listening = subscribed(hub, deviceId, "desired/#");
      twin.on("properties.desired", () => {});
      await listening;
      await client.sendEvent(new Message("subscribed"));
      await Promise.all([hub.sendC2d(deviceId, "hello"), hub.patchDesired(deviceId, { a: 1 })]);
      expect((await next()).getBytes().toString()).toBe("hello");
    });
  });
}
