import { Message } from "@isohub/core";
import { describe, expect, it } from "vitest";
import { createDevice } from "../device.ts";
import type { Fixtures } from "../fixtures.ts";

const reserved = "é 😀 & = + / ? # % ~ ! * ' ( ) ; $ \u0000 \u007f";

export function telemetrySuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("telemetry", () => {
    it("delivers strings, bytes and JSON unchanged", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.sendMessage("text ö");
      await client.sendMessage(Uint8Array.of(0, 255, 128));
      await client.sendMessage({ temperature: 21.5 });
      await client.sendMessage(42);
      const arrived = await hub.telemetry(deviceId);
      expect(arrived.map(({ body }) => [...body])).toEqual(
        ["text ö", Uint8Array.of(0, 255, 128), '{"temperature":21.5}', "42"].map((body) => [
          ...(typeof body === "string" ? new TextEncoder().encode(body) : body),
        ]),
      );
      // Only JSON has a content type: the hub can route messages by a JSON body.
      expect(arrived.map(({ systemProperties }) => systemProperties["contentType"])).toEqual([
        undefined,
        undefined,
        "application/json",
        "application/json",
      ]);
    });

    it("delivers the bytes of any buffer or view", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const bytes = Uint8Array.of(1, 2, 3, 255);
      for (const body of [bytes.buffer, new DataView(bytes.buffer, 1, 2), new Int16Array(bytes.buffer)])
        await client.sendMessage(body);
      const arrived = await hub.telemetry(deviceId);
      expect(arrived.map(({ body }) => [...body])).toEqual([
        [1, 2, 3, 255],
        [2, 3],
        [1, 2, 3, 255],
      ]);
    });

    it("rejects a body that JSON would change, with its path, before connecting", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      let deep: unknown = 1;
      for (let level = 0; level < 50_000; level++) deep = [deep];
      const bodies: [unknown, string][] = [
        [Promise.resolve(1), "an instance of Promise"],
        [new Map(), "an instance of Map"],
        [new ReadableStream(), "an instance of ReadableStream"],
        [{ a: { b: [1, 2, 3, Number.NaN] } }, "at a.b[3] must be a value with a JSON form, got NaN"],
        [{ a: () => 1 }, "at a must be a value with a JSON form, got a function"],
        [deep, "more than 1000 levels"],
      ];
      for (const [body, message] of bodies) {
        await expect(client.sendMessage(body as object)).rejects.toMatchObject({
          code: "invalid_argument",
          message: expect.stringContaining(message),
        });
      }
      expect(await hub.sessionsOf(deviceId)).toHaveLength(0);
    });

    it("delivers Unicode and reserved characters in property names and values unchanged", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const message = new Message("x", {
        customProperties: { [reserved]: reserved, $dollar: "$v", empty: "", "a b": "+" },
      });
      await client.sendMessage(message);
      const [arrived] = await hub.telemetry(deviceId);
      expect(arrived?.properties).toEqual({ [reserved]: reserved, $dollar: "$v", empty: "", "a b": "+" });
    });

    it("delivers every system property", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const message = new Message("x", {
        messageId: "id/1",
        correlationId: "c & 1",
        userId: "user@x",
        contentType: "text/plain",
        contentEncoding: "utf-16",
        expiryTimeUtc: new Date("2030-01-02T03:04:05.678Z"),
      });
      message.setAsSecurityMessage();
      await client.sendMessage(message);
      const [arrived] = await hub.telemetry(deviceId);
      expect(arrived?.systemProperties).toMatchObject({
        messageId: "id/1",
        correlationId: "c & 1",
        userId: "user@x",
        contentType: "text/plain",
        contentEncoding: "utf-16",
        interfaceId: "urn:azureiot:Security:SecurityAgent:1",
      });
      expect(new Date(String(arrived?.systemProperties["expiryTimeUtc"])).toISOString()).toBe(
        "2030-01-02T03:04:05.678Z",
      );
    });

    it("accepts a message of 256 KB, and rejects a larger one before connecting", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.sendMessage(new Uint8Array(262_144));
      const refusal = await client.sendMessage(new Uint8Array(262_145)).catch((error: Error) => error);
      expect(refusal).toMatchObject({ name: "ArgumentError", code: "message_too_large" });
      expect(String(refusal)).toMatch(/262144.*262145/);
      expect(client.connected).toBe(true);
      expect(await hub.telemetry(deviceId)).toHaveLength(1);
    });

    it("includes properties in the size of a message", async () => {
      const { client } = await createDevice(fixtures);
      const message = new Message(new Uint8Array(262_000), { customProperties: { key: "v".repeat(142) } });
      await expect(client.sendMessage(message)).rejects.toMatchObject({ code: "message_too_large" });
    });

    it("isn't affected by later changes to the message", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const body = Uint8Array.of(1, 2, 3);
      const message = new Message(body, { customProperties: { n: "1" } });
      const sending = client.sendMessage(message);
      body.fill(9);
      message.customProperties["n"] = "2";
      await sending;
      const [arrived] = await hub.telemetry(deviceId);
      expect([...(arrived?.body ?? [])]).toEqual([1, 2, 3]);
      expect(arrived?.properties).toEqual({ n: "1" });
    });

    it("keeps the order of many messages", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await Promise.all(Array.from({ length: 3000 }, (_, n) => client.sendMessage(String(n))));
      const arrived = await hub.telemetry(deviceId);
      expect(arrived.map(({ body }) => Number(new TextDecoder().decode(body)))).toEqual(
        Array.from({ length: 3000 }, (_, n) => n),
      );
    });

    it("times out without an acknowledgement, and doesn't block later messages", async () => {
      const { client, deviceId } = await createDevice(fixtures, { pingTimeoutMs: 60_000 });
      await client.connect();
      await hub.faults.mute("puback", deviceId);
      await expect(client.sendMessage("x", { timeoutMs: 200 })).rejects.toMatchObject({
        name: "OperationTimeoutError",
        code: "operation_timeout",
      });
      await hub.faults.clear(deviceId);
      await client.sendMessage("y");
      expect(client.connected).toBe(true);
    });

    it("rejects with the reason of its signal", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.connect();
      await hub.faults.mute("puback", deviceId);
      const reason = new Error("enough");
      const abort = new AbortController();
      const sending = client.sendMessage("x", { signal: abort.signal });
      abort.abort(reason);
      await expect(sending).rejects.toBe(reason);
    });
  });
}
