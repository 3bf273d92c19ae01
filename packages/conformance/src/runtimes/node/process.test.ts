import { cp, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { freshId } from "../../device.ts";
import { eventually } from "../../eventually.ts";
import { root, testFolder } from "../../files.ts";
import { listenLocally } from "../../local-server.ts";
import { type Program, startProgram } from "../../program.ts";
import { providedHub } from "../../provided-hub.ts";

const { hub, ca } = providedHub();

/** Starts Node on the build, with the connection string of a new device. */
async function startNode(
  deviceId: string,
  args: string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const caFile = join(testFolder(), "ca.pem");
  await writeFile(caFile, ca);
  const { connectionString } = await hub.createDevice(deviceId);
  return startProgram(process.execPath, ["--unhandled-rejections=strict", ...args], {
    cwd: join(root, "examples/node"),
    env: { CONNECTION_STRING: connectionString, NODE_EXTRA_CA_CERTS: caFile, ...variables },
  });
}

/** Returns the arguments that run a script with a device client. */
const script = (body: string): string[] => [
  "--input-type=module",
  "--eval",
  `import { IoTHubDeviceClient } from "@isohub/node";
   const client = IoTHubDeviceClient.createFromConnectionString(process.env.CONNECTION_STRING);
   ${body}`,
];

describe("a Node process", () => {
  it("runs the example in the README", async () => {
    const deviceId = freshId();
    const program = await startNode(deviceId, ["device.mjs"]);
    expect(await program.exit, program.output).toBe(0);
    // Runtimes print objects differently.
    expect(program.output).toMatch(/firmware: ['"]1\.2\.0['"]/);
    expect(await hub.telemetry(deviceId)).toHaveLength(1);
  });

  it("that an error ends prints its code, its remediation and its cause", async () => {
    const program = await startNode(
      freshId(),
      script(`const cause = new Error("the reason");
              const { ConnectionFailedError } = await import("@isohub/node");
              await Promise.reject(new ConnectionFailedError("tls_failed", "Refused", { cause, remediation: "Set the trust" }));`),
    );
    expect(await program.exit, program.output).not.toBe(0);
    for (const part of ["Refused", "tls_failed", "Set the trust", "the reason"])
      expect(program.output).toContain(part);
  });

  it.each(["provisioned.mjs", "issued-certificate.mjs"])("runs the example %s, twice", async (name) => {
    const REGISTRATION_ID = freshId("example");
    const { primaryKey } = await hub.createEnrollment(REGISTRATION_ID);
    const { host, idScope } = await hub.provisioning();
    const folder = testFolder();
    const registered = await hub.countEvents("registrationDone", REGISTRATION_ID);
    for (const _ of [1, 2]) {
      const program = await startNode(freshId(), [name], {
        REGISTRATION_ID,
        PROVISIONING_HOST: host,
        ID_SCOPE: idScope,
        SYMMETRIC_KEY: primaryKey,
        ASSIGNMENT_FILE: join(folder, "assignment"),
      });
      expect([await program.exit, program.output]).toEqual([0, "sent\n"]);
    }
    expect(await hub.telemetry(REGISTRATION_ID)).toHaveLength(2);
    // A stored assignment is reused. A certificate is requested at each start.
    expect(await registered()).toBe(name === "provisioned.mjs" ? 1 : 2);
  });

  it("names the packages to install for certificate requests", async () => {
    const folder = testFolder();
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
    const program = await startNode(freshId(), [file]);
    expect([await program.exit, program.output]).toEqual([
      0,
      "package_missing: npm install @peculiar/x509 reflect-metadata\n",
    ]);
  });

  it("exits after shutdown(), with no timer or socket left", async () => {
    const program = await startNode(
      freshId(),
      script(`
        client.onMessageReceived = () => {};
        client.handleMethod("x", () => ({}));
        client.onTwinDesiredPropertiesPatchReceived = () => {};
        await client.sendMessage("x");
        await client.getTwin();
        await client.shutdown();
        // Closing sockets defer work to the end of this turn.
        await new Promise(setImmediate);
        console.log("left:", JSON.stringify(process.getActiveResourcesInfo().filter((name) => !name.includes("PipeWrap"))));
      `),
    );
    expect(await program.exit, program.output).toBe(0);
    expect(program.output).toContain("left: []");
  });

  it.each(["HTTP", "SOCKS4", "SOCKS5"])(
    "ends by itself after shutdown() while its %s proxy is silent, with no socket left",
    async (proxyType) => {
      const silent = createServer();
      const asked = new Promise<void>((resolve) =>
        silent.once("connection", (socket) => socket.once("data", () => resolve())),
      );
      const port = await listenLocally(silent);
      onTestFinished(() => void silent.close());
      const program = await startNode(freshId(), [
        "--input-type=module",
        "--eval",
        `import { IoTHubDeviceClient, ProxyOptions } from "@isohub/node";
         const proxyOptions = new ProxyOptions("${proxyType}", "127.0.0.1", ${port});
         const client = IoTHubDeviceClient.createFromConnectionString(process.env.CONNECTION_STRING, { proxyOptions });
         const connecting = client.connect().catch((error) => console.log("ended:", error.code));
         await new Promise((resolve) => process.stdin.once("data", resolve));
         await client.shutdown();
         await connecting;
         // A destroyed socket closes at the end of the next turn.
         for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
         console.log("left:", JSON.stringify(process.getActiveResourcesInfo().filter((name) => !name.includes("PipeWrap"))));`,
      ]);
      await asked;
      program.writeLine("shut down");
      program.endInput();
      expect(await program.exit, program.output).toBe(0);
      expect(program.output).toContain("ended: operation_cancelled");
      expect(program.output).toContain("left: []");
    },
  );

  it("stays alive for a device that only listens, even while the hub is unavailable", async () => {
    const deviceId = freshId();
    const program = await startNode(
      deviceId,
      script(`
        client.onBackgroundException = (error) => console.log("lost:", error.code);
        client.onMessageReceived = async (message) => {
          console.log("got:", message.text());
          setImmediate(() => client.shutdown());
        };
      `),
    );
    // Connected and listening. Earlier, a lost connection would be a failure of the first attempt.
    await eventually(async () =>
      expect(await hub.sessionsOf(deviceId)).toMatchObject([{ subscriptions: { c2d: 1 } }]),
    );
    await hub.faults.refuseConnects(3, { deviceId, times: 1 });
    await hub.kick(deviceId);
    await program.printed(/lost: server_unavailable/);
    await hub.sendC2d(deviceId, "hello");
    expect(await program.exit, program.output).toBe(0);
    expect(program.output).toContain("got: hello");
  });

  it("loads no MQTT, WebSocket or TLS code on import", async () => {
    const program = await startNode(freshId(), [
      "--input-type=module",
      "--eval",
      `import "@isohub/node";
       import { createRequire } from "node:module";
       const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => /node_modules/.test(file));
       console.log("loaded:", loaded.length);`,
    ]);
    expect(await program.exit, program.output).toBe(0);
    expect(program.output).toContain("loaded: 0");
  });
});
