import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Emulator, startEmulator } from "@isohub/emulator";
import { type ClientOptions, IoTHubDeviceClient, IoTHubModuleClient } from "@isohub/node";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { freshId, shutDownAtEnd, withParts } from "../../device.ts";
import { testFolder } from "../../files.ts";

let hub: Emulator;
beforeAll(async () => {
  hub = await startEmulator();
});
afterAll(() => hub.close());

/** Sets environment variables until the end of the test, and removes all other variables of IoT Edge. */
function setEnvironment(variables: Record<string, string>): void {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (/^(IOTEDGE_|Edge)/.test(name)) delete process.env[name];
  Object.assign(process.env, variables);
  onTestFinished(() => {
    for (const name of Object.keys(variables)) delete process.env[name];
    Object.assign(process.env, before);
  });
}

/** Creates a module on a new device. Its connection string leads through the hub as a gateway. */
async function createModule() {
  const deviceId = freshId();
  await hub.createDevice(deviceId);
  const { connectionString } = await hub.createModule(deviceId, "m1");
  const GatewayHostName = `localhost:${hub.endpoints.port}`;
  return {
    deviceId,
    connectionString: withParts(connectionString, { HostName: "localhost", GatewayHostName }),
  };
}

describe("a module on IoT Edge", () => {
  it.each([
    ["TLS", {}],
    ["WebSockets", { websockets: true }],
  ] as [string, ClientOptions][])("connects with the debug variables, over %s", async (_, options) => {
    const { deviceId, connectionString } = await createModule();
    const file = join(testFolder(), "ca.pem");
    await writeFile(file, hub.ca);
    setEnvironment({ EdgeHubConnectionString: connectionString, EdgeModuleCACertificateFile: file });
    const client = shutDownAtEnd(await IoTHubModuleClient.createFromEdgeEnvironment(options));
    await client.sendMessageToOutput("x", "out");
    expect(hub.telemetry(`${deviceId}/m1`)).toHaveLength(1);
  });

  it.each(["unix socket", "http"])(
    "connects with the container's variables, with the workload API over %s",
    async (kind) => {
      const { deviceId } = await createModule();
      const address = kind === "http" ? { port: 0 } : { socketPath: join(testFolder(), "workload.sock") };
      const workload = await hub.startWorkload({ deviceId, moduleId: "m1", ...address });
      onTestFinished(() => workload.close());
      setEnvironment({ ...workload.environment });
      const client = shutDownAtEnd(await IoTHubModuleClient.createFromEdgeEnvironment({ sastokenTtl: 600 }));
      await client.sendMessage("signed by the daemon");
      expect(hub.telemetry(`${deviceId}/m1`)).toHaveLength(1);
    },
  );

  it("rejects an incomplete environment, and names every missing variable", async () => {
    setEnvironment({ IOTEDGE_DEVICEID: "d" });
    const refusal = await IoTHubModuleClient.createFromEdgeEnvironment().catch((error: Error) => error);
    expect(refusal).toMatchObject({ name: "ClientError", code: "edge_environment_incomplete" });
    for (const name of ["IOTEDGE_WORKLOADURI", "IOTEDGE_MODULEID", "EdgeHubConnectionString"]) {
      expect(String(refusal)).toContain(name);
    }
    expect(String(refusal)).not.toContain("IOTEDGE_DEVICEID");
  });

  it("rejects a certificate file that is missing or contains no certificate", async () => {
    const { connectionString } = await createModule();
    const file = join(testFolder(), "ca.pem");
    setEnvironment({ EdgeHubConnectionString: connectionString, EdgeModuleCACertificateFile: file });
    const refused = {
      name: "ArgumentError",
      code: "invalid_argument",
      message: expect.stringContaining(file),
    };
    await expect(IoTHubModuleClient.createFromEdgeEnvironment()).rejects.toMatchObject(refused);
    await writeFile(file, "no certificate");
    await expect(IoTHubModuleClient.createFromEdgeEnvironment()).rejects.toMatchObject(refused);
  });

  it("rejects if the workload API refuses or can't be reached", async () => {
    const { deviceId } = await createModule();
    const workload = await hub.startWorkload({ deviceId, moduleId: "m1", port: 0 });
    setEnvironment({ ...workload.environment, IOTEDGE_MODULEGENERATIONID: "another" });
    const client = shutDownAtEnd(await IoTHubModuleClient.createFromEdgeEnvironment());
    await expect(client.connect()).rejects.toMatchObject({ name: "ServiceError", statusCode: 404 });
    await workload.close();
    await expect(IoTHubModuleClient.createFromEdgeEnvironment()).rejects.toMatchObject({
      name: "ConnectionFailedError",
    });
  });

  it("rejects options that its environment determines", async () => {
    const { connectionString } = await createModule();
    setEnvironment({ EdgeHubConnectionString: connectionString, EdgeModuleCACertificateFile: "x" });
    for (const option of [{ gatewayHostname: "x" }, { serverVerificationCert: hub.ca }]) {
      await expect(IoTHubModuleClient.createFromEdgeEnvironment(option)).rejects.toMatchObject({
        code: "unknown_option",
      });
    }
  });

  it("calls methods of devices and modules through its gateway", async () => {
    const { deviceId, connectionString } = await createModule();
    const device = shutDownAtEnd(
      IoTHubDeviceClient.createFromConnectionString(hub.connectionString(deviceId), {
        serverVerificationCert: hub.ca,
      }),
    );
    device.handleMethod("double", ({ payload }) => ({ status: 203, payload: Number(payload) * 2 }));
    await device.connect();
    const other = await hub.createModule(deviceId, "m2");
    const sibling = shutDownAtEnd(
      IoTHubModuleClient.createFromConnectionString(other.connectionString, {
        serverVerificationCert: hub.ca,
      }),
    );
    sibling.handleMethod("greet", () => ({ payload: "hello" }));
    await sibling.connect();
    const client = shutDownAtEnd(
      IoTHubModuleClient.createFromConnectionString(connectionString, { serverVerificationCert: hub.ca }),
    );
    expect(await client.invokeMethod({ methodName: "double", payload: 21 }, deviceId)).toEqual({
      status: 203,
      payload: 42,
    });
    expect(await client.invokeMethod({ methodName: "greet" }, deviceId, "m2")).toEqual({
      status: 200,
      payload: "hello",
    });
    await sibling.disconnect();
    await expect(client.invokeMethod({ methodName: "greet" }, deviceId, "m2")).rejects.toMatchObject({
      name: "ServiceError",
      statusCode: 404,
    });
    await expect(client.invokeMethod({ methodName: "" }, deviceId)).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });
});
