import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { IoTHubDeviceClient } from "@isohub/node";
import { afterAll, expect, it } from "vitest";
import { fileFolder } from "../files.ts";
import { startOfficialHub, withoutPort } from "./official-hub.ts";
import { runJobs } from "./registering.ts";
import { describeUnless } from "./skipping.ts";

const { emulator: hub, refused } = await startOfficialHub();
const ca = join(fileFolder(), "ca.pem");
await writeFile(ca, hub.ca);
afterAll(() => hub.close());

const program = fileURLToPath(new URL("node/service.cjs", import.meta.url));

describeUnless(refused[443], "azure-iothub", () => {
  it("manages devices, modules and twins, finds twins by query, calls methods, schedules jobs, applies configurations, and exports and imports identities", async () => {
    const { connectionString } = await hub.createDevice("online");
    const device = IoTHubDeviceClient.createFromConnectionString(connectionString, {
      serverVerificationCert: hub.ca,
    });
    device.handleMethod("reboot", ({ payload }) => ({ status: 200, payload: { got: payload } }));
    await device.connect();
    const input = {
      connectionString: withoutPort(hub.serviceConnectionString),
      prefix: "rest",
      online: "online",
      container: await hub.createBlobContainer("identities"),
    };
    const [outcome] = await runJobs(process.execPath, [program], input, { NODE_EXTRA_CA_CERTS: ca });
    await device.shutdown();
    const key = expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/);
    const done = { isSuccessful: true, errors: [], warnings: [] };
    expect(outcome).toMatchObject({
      created: {
        deviceId: "rest-one",
        authentication: { type: "sas", symmetricKey: { primaryKey: key, secondaryKey: key } },
      },
      again: { name: "DeviceAlreadyExistsError", status: 409 },
      updated: { status: "disabled" },
      module: { moduleId: "m", managedBy: "me" },
      changedModule: { managedBy: "you" },
      staleModule: { name: "InvalidEtagError", status: 412 },
      counts: { listed: 2, modules: 1 },
      statistics: { totalDeviceCount: 2, enabledDeviceCount: 1, disabledDeviceCount: 1 },
      gone: { name: "DeviceNotFoundError", status: 404 },
      bulk: {
        added: done,
        updated: done,
        status: "disabled",
        matching: done,
        refused: { status: 400, codes: ["PreconditionFailed"] },
      },
      twins: {
        tags: { kind: "rest" },
        desired: 5,
        refused: { name: "InvalidEtagError", status: 412 },
        pages: [["rest-bulk-1", "rest-bulk-2"], ["rest-bulk-3"]],
        counted: [{ n: 3 }],
        removed: done,
      },
      methods: {
        result: { status: 200, payload: { got: { delay: 5 } } },
        // As in Azure, the client doesn't read the code of the newer form.
        offline: { name: "Error", status: 404 },
      },
      jobs: {
        updated: { deviceCount: 1, succeededCount: 1, failedCount: 0, runningCount: 0, pendingCount: 0 },
        tags: { byJob: true },
        onDevices: [
          {
            status: "completed",
            outcome: { deviceMethodResponse: { status: 200, payload: { got: { delay: 6 } } } },
          },
        ],
        cancelled: "cancelled",
        listed: ["rest-twin"],
        missing: { status: 404 },
      },
      configurations: {
        counts: [{ targetedCount: 1, appliedCount: 1 }, 1],
        applied: ["red", { "rest-configuration": { status: "Applied" } }, "blue"],
        updated: 20,
        stale: { status: 412 },
        gone: { status: 404 },
      },
      digitalTwins: { id: "online", interval: 7, command: [200, { delay: 8 }] },
      registryJobs: {
        exported: { type: "export", status: "completed", progress: 100, excludeKeysInExport: true },
        keys: { primaryKey: null, secondaryKey: null },
        imported: ["import", "completed", ""],
        back: "rest-exported",
        cancelled: "completed",
        listed: ["export", "import"],
        missing: { status: 404 },
      },
    });
  });

  it("is rejected with another key", async () => {
    const connectionString = withoutPort(hub.serviceConnectionString).replace(
      /SharedAccessKey=.*/,
      `SharedAccessKey=${Buffer.alloc(32, 7).toString("base64")}`,
    );
    const input = { connectionString, prefix: "refused", online: "online" };
    const refusal = runJobs(process.execPath, [program], input, { NODE_EXTRA_CA_CERTS: ca });
    await expect(refusal).rejects.toThrow("UnauthorizedError");
  });
});
