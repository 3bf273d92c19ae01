import { describe, expect, it } from "vitest";
import { createClient, createDevice } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";

export function c2dSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("cloud-to-device messages", () => {
    it("arrive with every property that the sender has set", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const received = new Promise((resolve) => {
        client.onMessageReceived = resolve;
      });
      await client.connect();
      await hub.sendC2d(deviceId, "grüß dich", {
        messageId: "m/1",
        correlationId: "c=1",
        userId: "u 1",
        contentType: "text/plain",
        contentEncoding: "utf-8",
        ack: "full",
        properties: { plus: "a+b", amp: "a&b", percent: "100%", hash: "#1" },
      });
      expect(await received).toMatchObject({
        data: new TextEncoder().encode("grüß dich"),
        messageId: "m/1",
        correlationId: "c=1",
        userId: "u 1",
        contentType: "text/plain",
        contentEncoding: "utf-8",
        ack: "full",
        customProperties: { plus: "a+b", amp: "a&b", percent: "100%", hash: "#1" },
      });
    });

    it("are acknowledged only after the handler has settled", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      let finish = (): void => {};
      const called = new Promise<void>((resolve) => {
        client.onMessageReceived = () => {
          resolve();
          return new Promise<void>((done) => {
            finish = done;
          });
        };
      });
      await client.connect();
      await hub.sendC2d(deviceId, "work");
      await called;
      expect(await hub.c2dQueue(deviceId)).toHaveLength(1);
      finish();
      await eventually(async () => expect(await hub.c2dQueue(deviceId)).toHaveLength(0));
    });

    it("are redelivered if the handler fails, and the failure is reported", async () => {
      const { client, deviceId, background } = await createDevice(fixtures);
      const texts: string[] = [];
      client.onMessageReceived = (message) => {
        texts.push(message.text());
        if (texts.length === 1) throw new Error("out of paper");
      };
      await client.connect();
      await hub.sendC2d(deviceId, "print");
      await eventually(() =>
        expect(background).toMatchObject([{ name: "ClientError", code: "handler_failed" }]),
      );
      expect(await hub.c2dQueue(deviceId)).toHaveLength(1);
      await hub.kick(deviceId);
      await eventually(() => expect(texts).toEqual(["print", "print"]));
      await eventually(async () => expect(await hub.c2dQueue(deviceId)).toHaveLength(0));
    });

    it("that arrive before a handler is set are kept for it", async () => {
      const { client, deviceId, connectionString } = await createDevice(fixtures);
      client.onMessageReceived = () => {};
      await client.connect();
      await client.shutdown();
      await hub.sendC2d(deviceId, "early");
      // The hub has kept the session and its subscription, so the message arrives right after CONNACK.
      const { client: next } = createClient(fixtures, connectionString);
      await next.connect();
      await next.sendMessage("settle");
      expect(await hub.c2dQueue(deviceId)).toHaveLength(1);
      const message = new Promise<string>((resolve) => {
        next.onMessageReceived = (received) => resolve(received.text());
      });
      expect(await message).toBe("early");
      await eventually(async () => expect(await hub.c2dQueue(deviceId)).toHaveLength(0));
    });

    it("sent while the device is disconnected arrive in order after it reconnects", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const texts: string[] = [];
      client.onMessageReceived = (message) => {
        texts.push(message.text());
      };
      await client.connect();
      await client.disconnect();
      for (const text of ["one", "two", "three"]) await hub.sendC2d(deviceId, text);
      await client.connect();
      await eventually(() => expect(texts).toEqual(["one", "two", "three"]));
    });

    it("can be iterated, one at a time", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const texts: string[] = [];
      for (const text of ["one", "two", "three"]) await hub.sendC2d(deviceId, text);
      for await (const message of client.messages()) {
        texts.push(message.text());
        // Telemetry follows the acknowledgements on the connection, so the hub has handled all of them.
        await client.sendMessage("fence");
        expect(await hub.c2dQueue(deviceId)).toHaveLength(4 - texts.length);
        if (texts.length === 3) break;
      }
      expect(texts).toEqual(["one", "two", "three"]);
      await eventually(async () => expect(await hub.c2dQueue(deviceId)).toHaveLength(0));
    });

    it("at which an iteration and its client end are acknowledged", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      for (const text of ["stop", "later"]) await hub.sendC2d(deviceId, text);
      for await (const message of client.messages()) {
        expect(message.text()).toBe("stop");
        break;
      }
      await client.shutdown();
      expect(await hub.c2dQueue(deviceId)).toHaveLength(1);
    });

    it.each(["disconnect", "shutdown"] as const)("whose handler calls %s are acknowledged", async (end) => {
      const { client, deviceId } = await createDevice(fixtures);
      const ended = new Promise<void>((resolve, reject) => {
        client.onMessageReceived = () => {
          client[end]().then(resolve, reject);
        };
      });
      await client.connect();
      await hub.sendC2d(deviceId, "stop");
      await ended;
      expect(await hub.c2dQueue(deviceId)).toEqual([]);
    });
  });
}
