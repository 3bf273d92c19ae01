import { describe, expect, it } from "vitest";
import { createDevice, createModule, freshId, untilConnected } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";

export function modulesSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("modules", () => {
    it("connect with their own identity and send telemetry", async () => {
      const { client, identity, deviceId } = await createModule(fixtures);
      await client.sendMessage({ from: "module" });
      expect(await hub.sessionsOf(identity)).toHaveLength(1);
      expect(await hub.sessionsOf(deviceId)).toHaveLength(0);
      expect(await hub.telemetry(deviceId)).toMatchObject([{ deviceId, moduleId: "module-1" }]);
    });

    it("send to an output with any name", async () => {
      const { client, deviceId } = await createModule(fixtures);
      await client.sendMessageToOutput("x", "out/put 1 ö");
      const [message] = await hub.telemetry(deviceId);
      expect(message?.systemProperties["outputName"]).toBe("out/put 1 ö");
      await expect(client.sendMessageToOutput("x", "")).rejects.toMatchObject({ code: "invalid_argument" });
    });

    it("have their own twin", async () => {
      const { client, identity, deviceId } = await createModule(fixtures);
      await hub.patchDesired(identity, { speed: 3 });
      const patches: unknown[] = [];
      client.onTwinDesiredPropertiesPatchReceived = (patch) => patches.push(patch);
      await client.patchTwinReportedProperties({ speed: 2 });
      expect(await client.getTwin()).toEqual({
        desired: { speed: 3, $version: 2 },
        reported: { speed: 2, $version: 2 },
      });
      await eventually(() => expect(patches).toEqual([{ speed: 3, $version: 2 }]));
      expect((await hub.getTwin(deviceId)).properties.reported).not.toHaveProperty("speed");
    });

    it("respond to their own methods, also after a dropped connection", async () => {
      const { client, identity } = await createModule(fixtures);
      client.handleMethod("ping", () => ({ payload: "module pong" }));
      await client.connect();
      expect(await hub.invokeMethod(identity, "ping")).toEqual({ status: 200, payload: "module pong" });
      await hub.kick(identity);
      expect(await hub.invokeMethod(identity, "ping", null, untilConnected)).toMatchObject({ status: 200 });
    });

    it("connect alongside their device, which stays connected", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.connect();
      const module = await createModule(fixtures, {}, { deviceId });
      await module.client.connect();
      expect(client.connected && module.client.connected).toBe(true);
    });

    it("reject the connection string of a device, and devices that of a module", async () => {
      const { connectionString } = await createDevice(fixtures);
      const { IoTHubDeviceClient, IoTHubModuleClient } = fixtures.clients;
      const wrong = { name: "ArgumentError", code: "invalid_connection_string" };
      expect(() => IoTHubModuleClient.createFromConnectionString(connectionString)).toThrow(
        expect.objectContaining(wrong),
      );
      expect(() => IoTHubDeviceClient.createFromConnectionString(`${connectionString};ModuleId=m`)).toThrow(
        expect.objectContaining(wrong),
      );
    });

    it("can't call methods of other devices without a gateway", async () => {
      const { client } = await createModule(fixtures);
      await expect(client.invokeMethod({ methodName: "x" }, freshId())).rejects.toMatchObject({
        name: "ClientError",
        code: "not_supported",
      });
    });
  });
}
