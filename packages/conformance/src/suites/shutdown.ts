import { describe, expect, it } from "vitest";
import { createDevice } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";

export function shutdownSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("disconnect and shutdown", () => {
    it("close the connection, and the client can connect again after disconnect", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.connect();
      await client.disconnect();
      expect(client.state).toMatchObject({ status: "disconnected", reason: undefined });
      await eventually(async () => expect(await hub.sessionsOf(deviceId)).toHaveLength(0));
      await client.connect();
      expect(client.connected).toBe(true);
    });

    it("reject pending operations", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.getTwin();
      await hub.faults.mute("puback", deviceId);
      await hub.faults.mute("twin", deviceId);
      const message = expect(client.sendMessage("x")).rejects.toMatchObject({
        name: "OperationCancelledError",
        message: expect.stringMatching(/^Sending a message was cancelled, with 1 unacknowledged/),
      });
      const twin = expect(client.getTwin()).rejects.toMatchObject({ name: "OperationCancelledError" });
      await client.shutdown();
      await Promise.all([message, twin]);
    });

    it("with drain send everything that was accepted first", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const sent = Array.from({ length: 200 }, (_, number) => client.sendMessage({ number }));
      const patched = client.patchTwinReportedProperties({ drained: true });
      const ended = client.shutdown({ drain: true });
      await expect(client.sendMessage("late")).rejects.toMatchObject({ code: "shut_down" });
      await Promise.all([...sent, patched, ended]);
      expect(client.state.status).toBe("disconnected");
      expect(await hub.telemetry(deviceId)).toHaveLength(200);
    });

    it("with drain end after its time, and reject the rest", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.connect();
      await hub.faults.mute("puback", deviceId);
      const message = expect(client.sendMessage("x")).rejects.toMatchObject({ code: "operation_cancelled" });
      await expect(client.shutdown({ drain: -1 })).rejects.toMatchObject({ code: "invalid_argument" });
      await client.shutdown({ drain: 50 });
      await message;
    });

    it("follow flush, which waits for what was accepted", async () => {
      const { client } = await createDevice(fixtures);
      await client.flush();
      let acknowledged = 0;
      for (let number = 0; number < 20; number++) void client.sendMessage("x").then(() => acknowledged++);
      await client.flush();
      expect(acknowledged).toBe(20);
    });

    it("reject every operation after shutdown, which may be called again", async () => {
      const { client } = await createDevice(fixtures);
      await client.connect();
      await client.shutdown();
      await client.shutdown();
      const refusal = { name: "ClientError", code: "shut_down" };
      await expect(client.connect()).rejects.toMatchObject(refusal);
      await expect(client.sendMessage("x")).rejects.toMatchObject(refusal);
      await expect(client.getTwin()).rejects.toMatchObject(refusal);
      expect(() => client.handleMethod("x", () => ({}))).toThrow(expect.objectContaining(refusal));
    });

    it("end iterations", async () => {
      const { client } = await createDevice(fixtures);
      const reading = (async () => {
        for await (const _ of client.messages()) {
          // No message arrives.
        }
      })();
      await client.connect();
      await client.shutdown();
      await reading;
    });

    it("complete even if the hub no longer responds", async () => {
      // The hub would close an idle connection after 1.5 times the keep-alive, which is longer than this test may take.
      const { client, deviceId } = await createDevice(fixtures, { keepAlive: 1740 });
      await client.connect();
      await hub.faults.blackHole(deviceId);
      await client.shutdown({ timeoutMs: Number.POSITIVE_INFINITY });
      expect(client.state.status).toBe("disconnected");
    });

    it("abort a connection attempt", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await hub.faults.withholdConnack({ deviceId });
      const connecting = expect(client.connect()).rejects.toMatchObject({ name: "OperationCancelledError" });
      await client.shutdown();
      await connecting;
      expect(client.state.status).toBe("disconnected");
    });
  });
}
