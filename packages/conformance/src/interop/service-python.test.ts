import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEmulator } from "@isohub/emulator";
import { IoTHubDeviceClient } from "@isohub/node";
import { afterAll, expect, it } from "vitest";
import { fileFolder } from "../files.ts";
import { preparePythonService } from "./python/prepare.ts";
import { runJobs } from "./registering.ts";
import { describeUnless } from "./skipping.ts";

const prepared = await preparePythonService();
const hub = await startEmulator();
const ca = join(fileFolder(), "ca.pem");
await writeFile(ca, hub.ca);
afterAll(() => hub.close());

const program = fileURLToPath(new URL("python/service.py", import.meta.url));
const [python, missing] = "python" in prepared ? [prepared.python, undefined] : ["", prepared.missing];

describeUnless(missing, "azure-iot-hub of Python", () => {
  it("manages devices, modules and twins, finds twins by query, and calls methods", async () => {
    const { connectionString } = await hub.createDevice("online");
    const device = IoTHubDeviceClient.createFromConnectionString(connectionString, {
      serverVerificationCert: hub.ca,
    });
    device.handleMethod("reboot", ({ payload }) => ({ status: 200, payload: { got: payload } }));
    await device.connect();
    const input = { connectionString: hub.serviceConnectionString, prefix: "py", online: "online" };
    const [outcome] = await runJobs(python, [program], input, { REQUESTS_CA_BUNDLE: ca });
    await device.shutdown();
    expect(outcome).toEqual({
      identities: {
        key: 44,
        again: { name: "HttpOperationError", status: 409 },
        updated: "disabled",
        stale: { name: "HttpOperationError", status: 412 },
        thumbprint: "A".repeat(40),
        scope: expect.stringMatching(/^ms-azure-iot-edge:\/\/py-edge-\d+$/),
        module: ["m", "me"],
        modules: ["m"],
        listed: ["online", "py-one", "py-x509", "py-edge"],
        statistics: 4,
        gone: { name: "HttpOperationError", status: 404 },
      },
      twins: {
        added: true,
        partly: ["DeviceAlreadyExists"],
        stale: { name: "HttpOperationError", status: 412 },
        desired: ["interval"],
        pages: [["py-0", "py-1"], ["py-2"]],
      },
      methods: { status: 200, payload: { got: { delay: 5 } }, connected: 1 },
    });
  });
});
