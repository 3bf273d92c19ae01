// The command `isohub verify` as users run it, against a local hub and by its public endpoints alone.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startEmulator } from "@isohub/emulator";
import { afterAll, expect, it } from "vitest";
import { fileFolder, root, testFolder } from "../files.ts";
import { runProgram } from "../program.ts";

const hub = await startEmulator({ provisioningRetryAfterSeconds: 0 });
const caFile = join(fileFolder(), "ca.pem");
await writeFile(caFile, hub.ca);
afterAll(() => hub.close());

const services = {
  SERVICE_CONNECTION_STRING: hub.serviceConnectionString,
  EVENT_HUB_CONNECTION_STRING: hub.eventHubConnectionString,
  PROVISIONING_CONNECTION_STRING: hub.provisioningConnectionString,
  ID_SCOPE: hub.idScope,
};

interface Report {
  readonly hub: string;
  readonly versions: object;
  readonly passed: number;
  readonly failed: number;
  readonly notPossible: number;
  readonly cases: readonly { name: string; outcome: string; durationMs: number; reason?: string }[];
}

/** Runs the command. Without a service, its variable is empty. */
async function verify(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ code: number; output: string; report(): Promise<Report> }> {
  const file = join(testFolder(), "report.json");
  const command = [join(root, "packages/isohub/dist/cli.js"), "verify", "--report", file, ...args];
  const { code, output } = await runProgram(process.execPath, command, {
    env: { NODE_EXTRA_CA_CERTS: caFile, ...env },
  });
  const { key } = Object(/SharedAccessKey=(?<key>[^;]+)/.exec(hub.serviceConnectionString)?.groups);
  expect(output).not.toContain(key);
  return {
    code,
    output,
    async report() {
      const text = await readFile(file, "utf8");
      expect(text).not.toMatch(/SharedAccess|sig=/);
      expect(text).not.toContain(key);
      return JSON.parse(text);
    },
  };
}

const outcomes = ({ cases }: Report, outcome: string): string[] =>
  cases.filter((each) => each.outcome === outcome).map(({ name }) => name);

it("passes every case, and leaves nothing behind", async () => {
  const { code, output, report } = await verify(services);
  expect(code, output).toBe(0);
  const results = await report();
  expect(results).toMatchObject({
    hub: "localhost",
    versions: { node: process.versions.node },
    passed: results.cases.length,
    failed: 0,
    notPossible: 0,
  });
  expect(results.cases.length).toBeGreaterThan(15);
  expect(output).toContain(`${results.passed} passed, 0 failed, 0 not possible`);
  expect(output).toMatch(/^ {2}passed +\d+ ms {2}connect over MQTT$/m);
  expect(await hub.listDevices()).toEqual([]);
  expect(await hub.listEnrollments()).toEqual([]);
});

it("names what isn't possible without optional services", async () => {
  const { code, output, report } = await verify(
    {
      ...services,
      EVENT_HUB_CONNECTION_STRING: "",
      PROVISIONING_CONNECTION_STRING: "",
    },
    "--websockets",
  );
  expect(code, output).toBe(0);
  expect(outcomes(await report(), "notPossible")).toEqual([
    "telemetry: readers of events receive bodies and properties",
    "provisioning: an enrolled device registers, and its enrollment is deleted",
  ]);
  expect(output).toContain("needs EVENT_HUB_CONNECTION_STRING");
});

it("names what isn't possible in a basic tier, or without a storage account", async () => {
  await using basic = await startEmulator({ tier: "B1", blobStorage: false });
  const basicCa = join(testFolder(), "ca.pem");
  await writeFile(basicCa, basic.ca);
  const { code, output, report } = await verify({
    SERVICE_CONNECTION_STRING: basic.serviceConnectionString,
    EVENT_HUB_CONNECTION_STRING: basic.eventHubConnectionString,
    NODE_EXTRA_CA_CERTS: basicCa,
  });
  expect(code, output).toBe(0);
  const results = await report();
  const lacking = outcomes(results, "notPossible");
  expect(
    lacking.filter((name) => !/^(cloud to device|twin|methods|modules): |^reconnect/.test(name)),
  ).toEqual([
    "provisioning: an enrolled device registers, and its enrollment is deleted",
    "uploads: a file is stored in the hub's storage account",
  ]);
  expect(lacking).toHaveLength(12);
  expect(outcomes(results, "passed")).toContain("telemetry: readers of events receive bodies and properties");
  expect(output).toContain("needs a standard tier, and the hub has a basic one");
});

it("fails where the hub behaves differently, and deletes its device", async () => {
  const { code, output, report } = await verify(services, "--consumer-group", "missing");
  expect(code, output).toBe(1);
  const results = await report();
  expect(outcomes(results, "failed")).toEqual(["telemetry: readers of events receive bodies and properties"]);
  expect(output).toMatch(/FAILED .*readers of events.*: the link to partition \d failed: amqp:not-found/);
  expect(await hub.listDevices()).toEqual([]);
});

it("rejects a wrong key, and invalid connection strings", async () => {
  const wrong = hub.serviceConnectionString.replace(
    /SharedAccessKey=.*/,
    `SharedAccessKey=${"A".repeat(43)}=`,
  );
  const refused = await verify({ ...services, SERVICE_CONNECTION_STRING: wrong });
  expect([refused.code, refused.output]).toEqual([1, expect.stringContaining("was answered with 401")]);
  const missing = await verify({ ...services, SERVICE_CONNECTION_STRING: "" });
  expect([missing.code, missing.output]).toEqual([
    2,
    expect.stringContaining(
      "SERVICE_CONNECTION_STRING must be the connection string of a shared access policy",
    ),
  ]);
  const { connectionString } = await hub.createDevice("a-device");
  const device = await verify({ ...services, SERVICE_CONNECTION_STRING: connectionString });
  expect([device.code, device.output]).toEqual([
    2,
    expect.stringContaining("must have SharedAccessKeyName and SharedAccessKey"),
  ]);
});
