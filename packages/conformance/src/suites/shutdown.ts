import { describe, expect, it, vi } from "vitest";
import { createDevice } from "../device.ts";
import type { Fixtures } from "../fixtures.ts";

export function shutdownSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("disconnect and shutdown", () => {
    it("end the connection in order, and the client can connect again", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.connect();
      await client.disconnect();
      expect(client.state).toMatchObject({ status: "disconnected", reason: undefined });
      await vi.waitFor(async () => expect(await hub.sessions(deviceId)).toHaveLength(0), 5000);
      await client.connect();
      expect(client.connected).toBe(true);
    });

    it("reject what is pending", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.getTwin();
      await hub.fault(deviceId, { type: "mute", answer: "puback" });
      await hub.fault(deviceId, { type: "mute", answer: "twin" });
      const message = expect(client.sendMessage("x")).rejects.toMatchObject({
        name: "OperationCancelledError",
      });
      const twin = expect(client.getTwin()).rejects.toMatchObject({ name: "OperationCancelledError" });
      await client.shutdown();
      await Promise.all([message, twin]);
    });

    it("refuse everything after shutdown, which may be called again", async () => {
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

    it("end loops", async () => {
      const { client } = await createDevice(fixtures);
      const reading = (async () => {
        for await (const _ of client.messages()) {
          // Nothing comes.
        }
      })();
      await client.connect();
      await client.shutdown();
      await reading;
    });

    it("come at once even when the hub does not answer any more", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.connect();
      await hub.fault(deviceId, { type: "blackHole" });
      const before = performance.now();
      await client.shutdown();
      // A bound, not a measurement: without one, the close would wait for the other side for ever.
      expect(performance.now() - before).toBeLessThan(4000);
    });

    it("while connecting take the attempt back", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await hub.fault(deviceId, { type: "withholdConnack" });
      const connecting = expect(client.connect()).rejects.toMatchObject({ name: "OperationCancelledError" });
      await client.shutdown();
      await connecting;
      expect(client.state.status).toBe("disconnected");
    });
  });
}
