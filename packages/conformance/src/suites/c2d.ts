import { describe, expect, it, vi } from "vitest";
import { createClient, createDevice } from "../device.ts";
import type { Fixtures } from "../fixtures.ts";

export function c2dSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("cloud-to-device messages", () => {
    it("arrive with everything the sender gave them", async () => {
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

    it("are done at the hub only after the handler has settled", async () => {
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
      await vi.waitFor(async () => expect(await hub.c2dQueue(deviceId)).toHaveLength(0), 5000);
    });

    it("come again when the handler failed, and the failure is told", async () => {
      const { client, deviceId, background } = await createDevice(fixtures);
      const texts: string[] = [];
      client.onMessageReceived = (message) => {
        texts.push(message.text());
        if (texts.length === 1) throw new Error("out of paper");
      };
      await client.connect();
      await hub.sendC2d(deviceId, "print");
      await vi.waitFor(
        () => expect(background).toMatchObject([{ name: "ClientError", code: "handler_failed" }]),
        5000,
      );
      expect(await hub.c2dQueue(deviceId)).toHaveLength(1);
      await hub.kick(deviceId);
      await vi.waitFor(() => expect(texts).toEqual(["print", "print"]), 5000);
      await vi.waitFor(async () => expect(await hub.c2dQueue(deviceId)).toHaveLength(0), 5000);
    });

    it("that came before there was a handler are kept for it", async () => {
      const { client, deviceId, connectionString } = await createDevice(fixtures);
      client.onMessageReceived = () => {};
      await client.connect();
      await client.shutdown();
      await hub.sendC2d(deviceId, "early");
      // The session at the hub is subscribed from before: the message comes right after CONNACK.
      const { client: next } = createClient(fixtures, connectionString);
      await next.connect();
      await next.sendMessage("settle");
      expect(await hub.c2dQueue(deviceId)).toHaveLength(1);
      const message = new Promise<string>((resolve) => {
        next.onMessageReceived = (received) => resolve(received.text());
      });
      expect(await message).toBe("early");
      await vi.waitFor(async () => expect(await hub.c2dQueue(deviceId)).toHaveLength(0), 5000);
    });

    it("sent while the device was away arrive in order when it is back", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const texts: string[] = [];
      client.onMessageReceived = (message) => {
        texts.push(message.text());
      };
      await client.connect();
      await client.disconnect();
      for (const text of ["one", "two", "three"]) await hub.sendC2d(deviceId, text);
      await client.connect();
      await vi.waitFor(() => expect(texts).toEqual(["one", "two", "three"]), 5000);
    });

    it("can be read in a loop, one at a time", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const texts: string[] = [];
      for (const text of ["one", "two", "three"]) await hub.sendC2d(deviceId, text);
      for await (const message of client.messages()) {
        texts.push(message.text());
        // Telemetry comes after any acknowledgement on the same connection: the hub has seen all there are.
        await client.sendMessage("fence");
        expect(await hub.c2dQueue(deviceId)).toHaveLength(4 - texts.length);
        if (texts.length === 3) break;
      }
      expect(texts).toEqual(["one", "two", "three"]);
      await vi.waitFor(async () => expect(await hub.c2dQueue(deviceId)).toHaveLength(0), 5000);
    });

    it("that end a loop, and the client with it, are done", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      for (const text of ["stop", "later"]) await hub.sendC2d(deviceId, text);
      for await (const message of client.messages()) {
        expect(message.text()).toBe("stop");
        break;
      }
      await client.shutdown();
      expect(await hub.c2dQueue(deviceId)).toHaveLength(1);
    });

    it.each(["disconnect", "shutdown"] as const)("whose handler calls %s are done", async (end) => {
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
