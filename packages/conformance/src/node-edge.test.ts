import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, startEmulator } from "@isohub/emulator";
import { type ClientOptions, IoTHubDeviceClient, IoTHubModuleClient } from "@isohub/node";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { freshId } from "./device.ts";

let hub: Emulator;
beforeAll(async () => {
  hub = await startEmulator();
});
afterAll(() => hub.close());

/** Sets variables of the environment for the time of a test; the ones of Edge that are not named are taken away. */
function environment(variables: Record<string, string>): void {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (/^(IOTEDGE_|Edge)/.test(name)) delete process.env[name];
  Object.assign(process.env, variables);
  onTestFinished(() => {
    for (const name of Object.keys(variables)) delete process.env[name];
    Object.assign(process.env, before);
  });
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "isohub-"));
  onTestFinished(() => rm(made, { recursive: true }));
  return made;
}

/** A module on a device of its own, and its connection string through the gateway that the hub is. */
async function module() {
  const deviceId = freshId();
  await hub.createDevice(deviceId);
  const { connectionString } = await hub.createModule(deviceId, "m1");
  const throughGateway = connectionString.replace(
    /HostName=[^;]+/,
    `HostName=localhost;GatewayHostName=localhost:${hub.endpoints.port}`,
  );
  return { deviceId, connectionString: throughGateway };
}

function kept<C extends { shutdown(): Promise<void> }>(client: C): C {
  onTestFinished(() => client.shutdown());
  return client;
}

describe("a module on IoT Edge", () => {
  it.each([
    ["TLS", {}],
    ["WebSockets", { websockets: true }],
  ] as [string, ClientOptions][])("is made from the debug variables, over %s", async (_, options) => {
    const { deviceId, connectionString } = await module();
    const file = join(await folder(), "ca.pem");
    await writeFile(file, hub.ca);
    environment({ EdgeHubConnectionString: connectionString, EdgeModuleCACertificateFile: file });
    const client = kept(await IoTHubModuleClient.createFromEdgeEnvironment(options));
    await client.sendMessageToOutput("x", "out");
    expect(hub.telemetry(`${deviceId}/m1`)).toHaveLength(1);
  });

  it.each(["unix socket", "http"])(
    "is made from the container's variables, with the workload API over %s",
    async (kind) => {
      const { deviceId } = await module();
      const where = kind === "http" ? { port: 0 } : { socketPath: join(await folder(), "workload.sock") };
      const workload = await hub.startWorkload({ deviceId, moduleId: "m1", ...where });
      onTestFinished(() => workload.close());
      environment({ ...workload.environment });
      const client = kept(await IoTHubModuleClient.createFromEdgeEnvironment({ sastokenTtl: 600 }));
      await client.sendMessage("signed by the daemon");
      expect(hub.telemetry(`${deviceId}/m1`)).toHaveLength(1);
    },
  );

  it("is not made without its environment, and every variable that is missing is named", async () => {
    environment({ IOTEDGE_DEVICEID: "d" });
    const refusal = await IoTHubModuleClient.createFromEdgeEnvironment().catch((error: Error) => error);
    expect(refusal).toMatchObject({ name: "ClientError", code: "edge_environment_incomplete" });
    for (const name of ["IOTEDGE_WORKLOADURI", "IOTEDGE_MODULEID", "EdgeHubConnectionString"]) {
      expect(String(refusal)).toContain(name);
    }
    expect(String(refusal)).not.toContain("IOTEDGE_DEVICEID");
  });

  it("is not made with a certificate file that is not there or no certificate", async () => {
    const { connectionString } = await module();
    const file = join(await folder(), "ca.pem");
    environment({ EdgeHubConnectionString: connectionString, EdgeModuleCACertificateFile: file });
    const refused = {
      name: "ArgumentError",
      code: "invalid_argument",
      message: expect.stringContaining(file),
    };
    await expect(IoTHubModuleClient.createFromEdgeEnvironment()).rejects.toMatchObject(refused);
    await writeFile(file, "no certificate");
    await expect(IoTHubModuleClient.createFromEdgeEnvironment()).rejects.toMatchObject(refused);
  });

  it("is not made when the workload API refuses or is not there", async () => {
    const { deviceId } = await module();
    const workload = await hub.startWorkload({ deviceId, moduleId: "m1", port: 0 });
    environment({ ...workload.environment, IOTEDGE_MODULEGENERATIONID: "another" });
    const client = kept(await IoTHubModuleClient.createFromEdgeEnvironment());
    await expect(client.connect()).rejects.toMatchObject({ name: "ServiceError", statusCode: 404 });
    await workload.close();
    await expect(IoTHubModuleClient.createFromEdgeEnvironment()).rejects.toMatchObject({
      name: "ConnectionFailedError",
    });
  });

  it("takes no option that its environment decides", async () => {
    const { connectionString } = await module();
    environment({ EdgeHubConnectionString: connectionString, EdgeModuleCACertificateFile: "x" });
    for (const option of [{ gatewayHostname: "x" }, { serverVerificationCert: hub.ca }]) {
      await expect(IoTHubModuleClient.createFromEdgeEnvironment(option)).rejects.toMatchObject({
        code: "unknown_option",
      });
    }
  });

  it("calls methods of devices and of modules through its gateway", async () => {
    const { deviceId, connectionString } = await module();
    const device = kept(
      IoTHubDeviceClient.createFromConnectionString(hub.connectionString(deviceId), {
        serverVerificationCert: hub.ca,
      }),
    );
    device.handleMethod("double", ({ payload }) => ({ status: 203, payload: Number(payload) * 2 }));
    await device.connect();
    const other = await hub.createModule(deviceId, "m2");
    const sibling = kept(
      IoTHubModuleClient.createFromConnectionString(other.connectionString, {
        serverVerificationCert: hub.ca,
      }),
    );
    sibling.handleMethod("greet", () => ({ payload: "hello" }));
    await sibling.connect();
    const client = kept(
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
