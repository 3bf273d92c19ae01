import { MethodResponse } from "@isohub/core";
import { describe, expect, it } from "vitest";
import { createDevice, untilConnected } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";

export function methodsSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("direct methods", () => {
    it("call the handler of their name", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      client.handleMethod("get Status/é", async ({ payload, name }) => ({
        status: 207,
        payload: { name, payload },
      }));
      await client.connect();
      expect(await hub.invokeMethod(deviceId, "get Status/é", { a: [1, null] })).toEqual({
        status: 207,
        payload: { name: "get Status/é", payload: { a: [1, null] } },
      });
    });

    it("respond with status 200 and null by default", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      client.handleMethod("ping", () => ({}));
      await client.connect();
      expect(await hub.invokeMethod(deviceId, "ping")).toEqual({ status: 200, payload: null });
    });

    it("without a handler respond with 404", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      client.handleMethod("known", () => ({}));
      await client.connect();
      expect(await hub.invokeMethod(deviceId, "unknown")).toEqual({
        status: 404,
        payload: { message: "The device has no method 'unknown'" },
      });
    });

    it("whose handler throws respond with 500 without the error's message, and the error is reported", async () => {
      const { client, deviceId, background } = await createDevice(fixtures);
      client.handleMethod("break", () => {
        throw new Error("password is hunter2");
      });
      await client.connect();
      const answer = await hub.invokeMethod(deviceId, "break");
      expect(answer.status).toBe(500);
      expect(JSON.stringify(answer)).not.toContain("hunter2");
      expect(background).toMatchObject([
        { name: "ClientError", code: "handler_failed", cause: { message: "password is hunter2" } },
      ]);
    });

    it("are answered before the connection ends if their handler closes it", async () => {
      const { client, deviceId, background } = await createDevice(fixtures);
      const result = { payload: "restarting" };
      let closing: Promise<void> | undefined;
      client.handleMethod("disconnect", () => {
        closing = client.disconnect();
        return result;
      });
      client.handleMethod("shutdown", async () => {
        closing = client.shutdown();
        return result;
      });
      for (const name of ["disconnect", "shutdown"]) {
        await client.connect();
        expect(await hub.invokeMethod(deviceId, name)).toEqual({ status: 200, payload: "restarting" });
        await closing;
      }
      expect(background).toEqual([]);
    });

    it("that are answered leave nothing to report when the client is shut down next", async () => {
      for (let round = 0; round < 10; round++) {
        const { client, deviceId, background } = await createDevice(fixtures);
        client.handleMethod("ping", () => ({}));
        await client.connect();
        await hub.invokeMethod(deviceId, "ping");
        await client.shutdown();
        expect(background).toEqual([]);
      }
    });

    it("whose handler returns a payload without { payload } respond with 500, and the error is reported", async () => {
      const { client, deviceId, background } = await createDevice(fixtures);
      client.handleMethod("bare", () => ({ temperature: 21 }) as object);
      await client.connect();
      expect((await hub.invokeMethod(deviceId, "bare")).status).toBe(500);
      expect(background).toMatchObject([{ name: "ClientError", code: "handler_failed" }]);
    });

    it("without a handler call onMethodRequestReceived", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      client.onMethodRequestReceived = async (request) => {
        await client.sendMethodResponse(
          MethodResponse.createFromMethodRequest(request, 202, [request.payload]),
        );
      };
      await client.connect();
      expect(await hub.invokeMethod(deviceId, "any", "thing")).toEqual({ status: 202, payload: ["thing"] });
    });

    it("can be iterated", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const answering = (async () => {
        for await (const request of client.methodRequests()) {
          await client.sendMethodResponse(new MethodResponse(request.requestId, 200, request.name));
          if (request.name === "last") break;
        }
      })();
      await client.connect();
      expect(await hub.invokeMethod(deviceId, "first")).toEqual({ status: 200, payload: "first" });
      expect(await hub.invokeMethod(deviceId, "last")).toEqual({ status: 200, payload: "last" });
      await answering;
    });

    it("whose payload isn't valid JSON are reported", async () => {
      const { client, deviceId, background } = await createDevice(fixtures);
      client.handleMethod("any", () => ({}));
      await client.connect();
      await hub.faults.publishRaw(deviceId, "$iothub/methods/POST/any/?$rid=77", "{not json");
      await eventually(() =>
        expect(background).toMatchObject([{ name: "ProtocolError", code: "invalid_json" }]),
      );
      expect(client.connected).toBe(true);
    });

    it("work again after the connection has been lost", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      client.handleMethod("ping", () => ({ payload: "pong" }));
      await client.connect();
      await hub.kick(deviceId);
      expect(await hub.invokeMethod(deviceId, "ping", null, untilConnected)).toEqual({
        status: 200,
        payload: "pong",
      });
    });

    it("are no longer accepted after their handler is removed", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const remove = client.handleMethod("ping", () => ({}));
      await client.connect();
      remove();
      await eventually(async () => {
        await expect(hub.invokeMethod(deviceId, "ping")).rejects.toMatchObject({
          statusCode: 404,
          errorCode: 404103,
        });
      });
    });

    it("run concurrently", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      client.handleMethod("double", async ({ payload }) => ({ payload: Number(payload) * 2 }));
      await client.connect();
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, n) => hub.invokeMethod(deviceId, "double", n)),
      );
      expect(answers.map(({ payload }) => payload)).toEqual(Array.from({ length: 100 }, (_, n) => n * 2));
    });
  });
}
