import { describe, expect, it, vi } from "vitest";
import { createDevice, createModule, freshId } from "../device.ts";
import type { Fixtures } from "../fixtures.ts";

export function modulesSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("modules", () => {
    it("connect under their own name and send telemetry", async () => {
      const { client, identity, deviceId } = await createModule(fixtures);
      await client.sendMessage({ from: "module" });
      expect(await hub.sessions(identity)).toHaveLength(1);
      expect(await hub.sessions(deviceId)).toHaveLength(0);
      expect(await hub.telemetry(deviceId)).toMatchObject([{ deviceId, moduleId: "module-1" }]);
    });

    it("send by an output, whose name may be anything", async () => {
      const { client, deviceId } = await createModule(fixtures);
      await client.sendMessageToOutput("x", "out/put 1 ö");
      const [message] = await hub.telemetry(deviceId);
      expect(message?.systemProperties["outputName"]).toBe("out/put 1 ö");
      await expect(client.sendMessageToOutput("x", "")).rejects.toMatchObject({ code: "invalid_argument" });
    });

    it("have a twin of their own", async () => {
      const { client, identity, deviceId } = await createModule(fixtures);
      await hub.patchDesired(identity, { speed: 3 });
      const patches: unknown[] = [];
      client.onTwinDesiredPropertiesPatchReceived = (patch) => patches.push(patch);
      await client.patchTwinReportedProperties({ speed: 2 });
      expect(await client.getTwin()).toEqual({
        desired: { speed: 3, $version: 2 },
        reported: { speed: 2, $version: 2 },
      });
      await vi.waitFor(() => expect(patches).toEqual([{ speed: 3, $version: 2 }]), 5000);
      expect((await hub.getTwin(deviceId)).properties.reported).not.toHaveProperty("speed");
    });

    it("answer methods of their own, also after a drop", async () => {
      const { client, identity } = await createModule(fixtures);
      client.handleMethod("ping", () => ({ payload: "module pong" }));
      await client.connect();
      expect(await hub.invokeMethod(identity, "ping")).toEqual({ status: 200, payload: "module pong" });
      await hub.kick(identity);
      expect(await hub.invokeMethod(identity, "ping", null, { connectTimeoutInSeconds: 10 })).toMatchObject({
        status: 200,
      });
    });

    it("live beside their device, which keeps its connection", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.connect();
      const { connectionString } = await hub.createModule(deviceId, "beside");
      const module = fixtures.clients.IoTHubModuleClient.createFromConnectionString(
        connectionString,
        fixtures.connectOptions,
      );
      await module.connect();
      expect(client.connected && module.connected).toBe(true);
      await module.shutdown();
    });

    it("are told from devices by their connection strings", async () => {
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

    it("call no methods of others without a gateway", async () => {
      const { client } = await createModule(fixtures);
      await expect(client.invokeMethod({ methodName: "x" }, freshId())).rejects.toMatchObject({
        name: "ClientError",
        code: "not_supported",
      });
    });
  });
}
