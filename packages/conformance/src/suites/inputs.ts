import { describe, expect, it } from "vitest";
import { createModule } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";

export function inputsSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("inputs and outputs", () => {
    it("a message to an output arrives at the input that it is routed to", async () => {
      const from = await createModule(fixtures, {}, { moduleId: "from" });
      const to = await createModule(fixtures, {}, { moduleId: "to", deviceId: from.deviceId });
      await hub.addRoute({
        from: { deviceId: from.deviceId, moduleId: "from", output: "out/1" },
        to: { moduleId: "to", input: "in put/ö" },
      });
      const received = new Promise((resolve) => {
        to.client.onMessageReceived = resolve;
      });
      await to.client.connect();
      await from.client.sendMessageToOutput({ n: 1 }, "out/1");
      expect(await received).toMatchObject({
        inputName: "in put/ö",
        data: new TextEncoder().encode('{"n":1}'),
        contentType: "application/json",
      });
      expect(await hub.telemetry(from.deviceId)).toHaveLength(0);
    });

    it("messages are acknowledged after the handler has settled, and redelivered if it fails", async () => {
      const { client, deviceId, moduleId, identity, background } = await createModule(fixtures);
      const texts: string[] = [];
      client.onMessageReceived = (message) => {
        texts.push(message.text());
        if (texts.length === 1) throw new Error("busy");
      };
      await client.connect();
      await hub.sendToInput(deviceId, moduleId, "in", "work", { messageId: "m1" });
      await eventually(() => expect(background).toMatchObject([{ code: "handler_failed" }]));
      expect(await hub.inputQueue(deviceId, moduleId)).toHaveLength(1);
      await hub.kick(identity);
      await eventually(() => expect(texts).toEqual(["work", "work"]));
      await eventually(async () => expect(await hub.inputQueue(deviceId, moduleId)).toHaveLength(0));
    });

    it("receive calls return only messages from the requested input", async () => {
      const { client, deviceId, moduleId } = await createModule(fixtures);
      expect(await client.receiveMessageOnInput("two", { block: false })).toBeUndefined();
      await hub.sendToInput(deviceId, moduleId, "one", "first");
      await hub.sendToInput(deviceId, moduleId, "two", "second");
      expect((await client.receiveMessageOnInput("two"))?.text()).toBe("second");
      expect((await client.receiveMessageOnInput("one"))?.text()).toBe("first");
      await eventually(async () => expect(await hub.inputQueue(deviceId, moduleId)).toHaveLength(0));
    });
  });
}
