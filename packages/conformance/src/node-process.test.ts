import { spawn } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { freshId } from "./device.ts";
import { eventually } from "./eventually.ts";
import { providedHub } from "./provided-hub.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const { hub, ca } = providedHub();

/** Runs a program of ours, on the build, with a device of its own. */
async function runProgram(
  deviceId: string,
  args: string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ output: () => string; exit: Promise<number> }> {
  const folder = await mkdtemp(join(tmpdir(), "isohub-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "ca.pem"), ca);
  const { connectionString } = await hub.createDevice(deviceId);
  const child = spawn(process.execPath, ["--unhandled-rejections=strict", ...args], {
    cwd: join(root, "examples/node"),
    env: {
      ...process.env,
      CONNECTION_STRING: connectionString,
      NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
      ...environment,
    },
  });
  onTestFinished(() => {
    child.kill();
  });
  let output = "";
  child.stdout.on("data", (part) => {
    output += part;
  });
  child.stderr.on("data", (part) => {
    output += part;
  });
  const exit = new Promise<number>((resolve) => child.once("exit", (code) => resolve(code ?? -1)));
  return { output: () => output, exit };
}

const program = (body: string): string[] => [
  "--input-type=module",
  "--eval",
  `import { IoTHubDeviceClient } from "@isohub/node";
   const client = IoTHubDeviceClient.createFromConnectionString(process.env.CONNECTION_STRING);
   ${body}`,
];

describe("a Node process", () => {
  it("runs the ten lines of the README", async () => {
    const deviceId = freshId();
    const { output, exit } = await runProgram(deviceId, ["device.mjs"]);
    expect(await exit, output()).toBe(0);
    // Each runtime prints an object in its own way.
    expect(output()).toMatch(/firmware: ['"]1\.2\.0['"]/);
    expect(await hub.telemetry(deviceId)).toHaveLength(1);
  });

  it.each(["provisioned.mjs", "issued-certificate.mjs"])("runs the example %s, twice", async (name) => {
    const REGISTRATION_ID = freshId("example");
    const { primaryKey } = await hub.createEnrollment(REGISTRATION_ID);
    const { host, idScope } = await hub.provisioning();
    const folder = await mkdtemp(join(tmpdir(), "isohub-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const registered = await hub.countEvents("registrationDone", REGISTRATION_ID);
    for (const _ of [1, 2]) {
      const { output, exit } = await runProgram(freshId(), [name], {
        REGISTRATION_ID,
        PROVISIONING_HOST: host,
        ID_SCOPE: idScope,
        SYMMETRIC_KEY: primaryKey,
        ASSIGNMENT_FILE: join(folder, "assignment"),
      });
      expect([await exit, output()]).toEqual([0, "sent\n"]);
    }
    expect(await hub.telemetry(REGISTRATION_ID)).toHaveLength(2);
    // What is stored is not asked for a second time; a certificate is.
    expect(await registered()).toBe(name === "provisioned.mjs" ? 1 : 2);
  });

  it("says what to install for certificate requests where it is not", async () => {
    const folder = await mkdtemp(join(tmpdir(), "isohub-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    for (const name of ["core", "node"]) {
      for (const part of ["package.json", "dist"]) {
        await cp(join(root, "packages", name, part), join(folder, "node_modules/@isohub", name, part), {
          recursive: true,
        });
      }
    }
    const file = join(folder, "program.mjs");
    await writeFile(
      file,
      `import { createCertificateRequest } from "@isohub/node/csr";
       const { code, remediation } = await createCertificateRequest("device-1").catch((error) => error);
       console.log(code + ": " + remediation);`,
    );
    const { output, exit } = await runProgram(freshId(), [file]);
    expect([await exit, output()]).toEqual([
      0,
      "package_missing: npm install @peculiar/x509 reflect-metadata\n",
    ]);
  });

  it("ends by itself after shutdown(), with no timer and no socket left", async () => {
    const { output, exit } = await runProgram(
      freshId(),
      program(`
        client.onMessageReceived = () => {};
        client.handleMethod("x", () => ({}));
        client.onTwinDesiredPropertiesPatchReceived = () => {};
        await client.sendMessage("x");
        await client.getTwin();
        await client.shutdown();
        // What the closing sockets have put off to the end of this turn.
        await new Promise(setImmediate);
        console.log("left:", JSON.stringify(process.getActiveResourcesInfo().filter((name) => !name.includes("PipeWrap"))));
      `),
    );
    expect(await exit, output()).toBe(0);
    expect(output()).toContain("left: []");
  });

  it("stays alive for a device that only listens, also while its hub is away", async () => {
    const deviceId = freshId();
    const { output, exit } = await runProgram(
      deviceId,
      program(`
        client.onBackgroundException = (error) => console.log("lost:", error.code);
        client.onMessageReceived = async (message) => {
          console.log("got:", message.text());
          setImmediate(() => client.shutdown());
        };
      `),
    );
    // Connected, and listening: before that a loss would be the failure of the first try.
    await eventually(async () =>
      expect(await hub.sessions(deviceId)).toMatchObject([{ subscriptions: { c2d: 1 } }]),
    );
    await hub.fault(deviceId, { type: "refuseConnects", returnCode: 3, times: 1 });
    await hub.kick(deviceId);
    await eventually(() => expect(output()).toContain("lost: server_unavailable"));
    await hub.sendC2d(deviceId, "hello");
    expect(await exit, output()).toBe(0);
    expect(output()).toContain("got: hello");
  });

  it("adds no MQTT, WebSocket or TLS code with the import alone", async () => {
    const { output, exit } = await runProgram(freshId(), [
      "--input-type=module",
      "--eval",
      `import "@isohub/node";
       import { createRequire } from "node:module";
       const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => /node_modules/.test(file));
       console.log("loaded:", loaded.length);`,
    ]);
    expect(await exit, output()).toBe(0);
    expect(output()).toContain("loaded: 0");
  });
});
