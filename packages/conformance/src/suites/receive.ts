import { MethodResponse } from "@isohub/core";
import { describe, expect, it } from "vitest";
import { createDevice } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";

export function receiveSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("receive calls", () => {
    it("return cloud-to-device messages, which are acknowledged then", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      expect(await client.receiveMessage({ block: false })).toBeUndefined();
      await hub.sendC2d(deviceId, "one");
      await hub.sendC2d(deviceId, "two");
      expect((await client.receiveMessage())?.text()).toBe("one");
      await client.sendMessage("fence");
      expect(await hub.c2dQueue(deviceId)).toHaveLength(1);
      expect((await client.receiveMessage({ timeout: 300 }))?.text()).toBe("two");
    });

    it("return undefined if nothing arrives in time", async () => {
      const { client } = await createDevice(fixtures);
      expect(await client.receiveMessage({ timeout: 0.05 })).toBeUndefined();
      expect(await client.receiveTwinDesiredPropertiesPatch({ block: false, timeout: 60 })).toBeUndefined();
      expect(await client.receiveMethodRequest("any", { timeout: 0.05 })).toBeUndefined();
    });

    it("can be aborted, and called again later", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.connect();
      const reason = new Error("enough");
      const abort = new AbortController();
      const waiting = client.receiveMessage({ signal: abort.signal });
      abort.abort(reason);
      await expect(waiting).rejects.toBe(reason);
      await hub.sendC2d(deviceId, "later");
      expect((await client.receiveMessage())?.text()).toBe("later");
    });

    it("keep a queue for each requested method name", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      expect(await client.receiveMethodRequest("named", { block: false })).toBeUndefined();
      const answers = [hub.invokeMethod(deviceId, "other", 1), hub.invokeMethod(deviceId, "named", 2)];
      const named = await client.receiveMethodRequest("named");
      const other = await client.receiveMethodRequest();
      expect(named).toMatchObject({ name: "named", payload: 2 });
      expect(other).toMatchObject({ name: "other", payload: 1 });
      for (const request of [named, other]) {
        if (request)
          await client.sendMethodResponse(MethodResponse.createFromMethodRequest(request, 200, request.name));
      }
      expect(await Promise.all(answers)).toEqual([
        { status: 200, payload: "other" },
        { status: 200, payload: "named" },
      ]);
    });

    it("discard queued method calls when the connection is lost", async () => {
      const { client, deviceId, background } = await createDevice(fixtures);
      expect(await client.receiveMethodRequest(undefined, { block: false })).toBeUndefined();
      const answer = hub.invokeMethod(deviceId, "lost").catch((error: Error) => error);
      await client.sendMessage("fence");
      await hub.kick(deviceId);
      await eventually(() => expect(background).toMatchObject([{ code: "connection_dropped" }]));
      await client.sendMessage("back");
      expect(await client.receiveMethodRequest(undefined, { block: false })).toBeUndefined();
      expect(await answer).toBeInstanceOf(Error);
    });

    it("return desired patches, first all desired properties", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await hub.patchDesired(deviceId, { a: 1 });
      expect(await client.receiveTwinDesiredPropertiesPatch()).toEqual({ a: 1, $version: 2 });
      await hub.patchDesired(deviceId, { a: null });
      expect(await client.receiveTwinDesiredPropertiesPatch()).toEqual({ a: null, $version: 3 });
    });

    it("and handlers can't be combined in a client", async () => {
      const first = await createDevice(fixtures);
      first.client.onMessageReceived = null;
      await expect(first.client.receiveMessage()).rejects.toMatchObject({
        name: "ClientError",
        code: "mode_conflict",
        message: "Cannot use receive APIs - receive handler(s) have already been set",
        remediation: "Use one of them per client",
      });
      const second = await createDevice(fixtures);
      await second.client.receiveMethodRequest(undefined, { block: false });
      expect(() => {
        second.client.onMessageReceived = () => {};
      }).toThrow(
        expect.objectContaining({
          code: "mode_conflict",
          message: "Cannot set receive handlers - receive APIs have already been used",
          remediation: "Use one of them per client",
        }),
      );
      // The client's own events aren't receive handlers.
      second.client.onConnectionStateChange = () => {};
    });

    it("reject a timeout that isn't a number of seconds", async () => {
      const { client } = await createDevice(fixtures);
      await expect(client.receiveMessage({ timeout: -1 })).rejects.toMatchObject({
        code: "invalid_argument",
      });
      await expect(client.receiveMessage({ timeout: "5" as never })).rejects.toMatchObject({
        name: "ArgumentError",
      });
    });

    it("reject at shutdown", async () => {
      const { client } = await createDevice(fixtures);
      expect(await client.receiveMessage({ block: false })).toBeUndefined();
      const cancelled = { name: "OperationCancelledError", code: "operation_cancelled" };
      const waiting = expect(client.receiveMessage()).rejects.toMatchObject(cancelled);
      const starting = expect(client.receiveMethodRequest()).rejects.toMatchObject(cancelled);
      await client.shutdown();
      await Promise.all([waiting, starting]);
    });
  });
}
