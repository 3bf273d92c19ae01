// The programs of docs/guide, run as the guides describe, against the local hub.
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createCertificate } from "@isohub/emulator";
import { Server as HttpProxy } from "proxy-chain";
import { beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { freshId, hostOf, withParts } from "../device.ts";
import { eventually } from "../eventually.ts";
import { fileFolder, root, testFolder } from "../files.ts";
import { type Program, runProgram, startProgram } from "../program.ts";
import { providedHub } from "../provided-hub.ts";

const { hub, ca } = providedHub();
const { controlUrl } = inject("hub");
const caFile = join(fileFolder(), "ca.pem");
beforeAll(() => writeFile(caFile, ca));

const guide = join(root, "examples/guide");

/** Starts a program of the guides with a new device. */
async function start(
  name: string,
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
): Promise<{ program: Program; deviceId: string }> {
  const deviceId = freshId(name);
  const { connectionString } = await hub.createDevice(deviceId);
  const program = startProgram(process.execPath, ["--unhandled-rejections=strict", `${name}.mjs`, ...args], {
    cwd: guide,
    env: { NODE_EXTRA_CA_CERTS: caFile, CONNECTION_STRING: connectionString, ...env },
  });
  return { program, deviceId };
}

describe("the programs of the guides", () => {
  it("x509: a certificate that the hub knows by its thumbprint, and a private authority", async () => {
    const folder = testFolder();
    const deviceId = freshId("camera");
    const { cert, key, thumbprint } = await createCertificate(deviceId);
    const { connectionString } = await hub.createDevice(deviceId, { primaryThumbprint: thumbprint });
    await writeFile(join(folder, "cert.pem"), cert);
    await writeFile(join(folder, "key.pem"), key);
    const { program } = await start("x509", {
      env: {
        HUB_HOST: hostOf(connectionString),
        DEVICE_ID: deviceId,
        CERT_FILE: join(folder, "cert.pem"),
        KEY_FILE: join(folder, "key.pem"),
        CA_FILE: caFile,
        NODE_EXTRA_CA_CERTS: "",
      },
    });
    expect([await program.exit, program.output]).toEqual([0, "sent\n"]);
    expect(await hub.telemetry(deviceId)).toHaveLength(1);
  });

  it("errors: a reading that is sent, and one of a device that the hub refuses", async () => {
    const { program, deviceId } = await start("errors");
    expect([await program.exit, program.output]).toEqual([0, "sent\n"]);
    const { connectionString } = await hub.createDevice(freshId("errors"));
    const { program: refused } = await start("errors", {
      env: { CONNECTION_STRING: withParts(connectionString, { DeviceId: `${deviceId}-unknown` }) },
    });
    expect(await refused.exit).toBe(1);
    expect(refused.output).toMatch(
      /^not_authorized: .* agrees with the hub's\nTo do: Check that the device exists/,
    );
  });

  it("proxy: a proxy with a password", async () => {
    let connections = 0;
    const proxy = new HttpProxy({
      port: 0,
      host: "127.0.0.1",
      prepareRequestFunction: ({ username, password }) => {
        const isAllowed = username === "user" && password === "secret";
        if (isAllowed) connections += 1;
        return { requestAuthentication: !isAllowed };
      },
    });
    await proxy.listen();
    onTestFinished(() => proxy.close(true));
    const env = { PROXY_HOST: "127.0.0.1", PROXY_PORT: String(proxy.port), PROXY_USER: "user" };
    const { program, deviceId } = await start("proxy", { env: { ...env, PROXY_PASSWORD: "secret" } });
    expect([await program.exit, program.output]).toEqual([0, "sent\n"]);
    expect(await hub.telemetry(deviceId)).toHaveLength(1);
    expect(connections).toBe(1);
  });

  it("factory, gateway: devices of an X.509 enrollment group, one of which isn't in it", async () => {
    const [first, second, stranger] = [freshId("meter"), freshId("meter"), freshId("meter")] as const;
    const folder = testFolder();
    const env = { CERT_FOLDER: join(folder, "certs"), DATA_FOLDER: join(folder, "data") };
    const factory = await runProgram(process.execPath, ["factory.mjs", first, second], {
      cwd: guide,
      env: { ...env, CONTROL: controlUrl, GROUP: freshId("factory") },
    });
    expect(factory.output).toMatch(/^ID scope \S+, service localhost:\d+\n$/);
    await mkdir(env.CERT_FOLDER, { recursive: true });
    const { cert, key } = await createCertificate(stranger);
    await writeFile(join(env.CERT_FOLDER, `${stranger}.pem`), cert);
    await writeFile(join(env.CERT_FOLDER, `${stranger}-key.pem`), key);
    const { host, idScope } = await hub.provisioning();
    const { program } = await start("gateway", {
      args: [first, second, stranger],
      env: { ...env, PROVISIONING_HOST: host, ID_SCOPE: idScope, CA_FILE: caFile },
    });
    expect(await program.exit, program.output).toBe(0);
    expect(program.output).toContain(`${first}: sent\n${second}: sent\n${stranger}: `);
    for (const deviceId of [first, second]) expect(await hub.telemetry(deviceId)).toHaveLength(1);
  });

  it("upload: a file, with its progress", async () => {
    const file = join(testFolder(), "reading.csv");
    await writeFile(file, "time,temperature\n0,21.5\n");
    const { program, deviceId } = await start("upload", { args: [file] });
    expect(await program.exit, program.output).toBe(0);
    expect(program.output).toBe(`24 of 24 bytes\nuploaded ${deviceId}/reading.csv\n`);
    expect(new TextDecoder().decode(await hub.readBlob(`${deviceId}/reading.csv`))).toContain("21.5");
  });

  it("module: forwards high temperatures from its input to its output", async () => {
    const deviceId = freshId("edge");
    await hub.createDevice(deviceId);
    await hub.createModule(deviceId, "filter");
    const { environment } = await hub.startWorkload({ deviceId, moduleId: "filter", port: 0 });
    const { program } = await start("module", { env: { ...environment } });
    await program.printed(/waiting for messages/);
    for (const temperature of [21, 29])
      await hub.sendToInput(deviceId, "filter", "temperatures", { temperature });
    const [alert] = await hub.waitForTelemetry({ deviceId, moduleId: "filter" }, { timeoutMs: 90_000 });
    expect(alert).toMatchObject({
      properties: { alert: "true" },
      systemProperties: { outputName: "alerts" },
    });
    program.interrupt();
    expect(await program.exit, program.output).toBe(0);
  });

  it("service: sends what it has accepted before it ends", async () => {
    const { program, deviceId } = await start("service");
    await hub.waitForTelemetry({ deviceId }, { timeoutMs: 90_000 });
    program.interrupt();
    expect(await program.exit, program.output).toBe(0);
    const [, acknowledged, accepted] = await program.printed(/(\d+) of (\d+) messages acknowledged/);
    expect(acknowledged).toBe(accepted);
    expect(await hub.telemetry(deviceId)).toHaveLength(Number(accepted));
  });

  it("lambda: two calls use one connection", async () => {
    const deviceId = freshId("lambda");
    const { connectionString } = await hub.createDevice(deviceId);
    const connected = await hub.countEvents("deviceConnected", deviceId);
    const { code, output } = await runProgram(
      process.execPath,
      [
        ...["--input-type=module", "--eval"],
        `import { handler } from "./lambda.mjs";
         for (const temperature of [21, 22]) console.log(JSON.stringify(await handler({ temperature })));
         process.exit();`,
      ],
      { cwd: guide, env: { NODE_EXTRA_CA_CERTS: caFile, CONNECTION_STRING: connectionString } },
    );
    expect([code, output]).toEqual([0, '{"statusCode":202}\n'.repeat(2)]);
    expect(await hub.telemetry(deviceId)).toHaveLength(2);
    expect(await connected()).toBe(1);
  });

  it("logging: entries as lines of JSON, and states in words", async () => {
    const { program, deviceId } = await start("logging", { env: { LOG_LEVEL: "info" } });
    expect(await program.exit, program.output).toBe(0);
    expect(program.output).toContain(
      `{"level":"info","message":"The client is connected","client":"${deviceId}"`,
    );
    expect(program.output).toMatch(/^connected$/m);
  });
});

describe("the examples of tests", () => {
  const testing = join(root, "examples/testing");

  it("run with node --test", async () => {
    const { code, output } = await runProgram(process.execPath, ["--test", "thermostat.test.mjs"], {
      cwd: testing,
    });
    expect(code, output).toBe(0);
    expect(output).toMatch(/pass 2/);
  });

  it("service.sh is a service with curl", async () => {
    const deviceId = freshId("curl");
    const service = async (...args: string[]): Promise<unknown> => {
      const { stdout } = await promisify(execFile)("sh", ["service.sh", ...args], {
        cwd: testing,
        env: { ...process.env, CONTROL: controlUrl },
      });
      return stdout === "" ? undefined : JSON.parse(stdout);
    };
    const { connectionString } = (await service("register", deviceId)) as { connectionString: string };
    const program = startProgram(process.execPath, ["device.mjs"], {
      cwd: testing,
      env: { NODE_EXTRA_CA_CERTS: caFile, CONNECTION_STRING: connectionString },
    });
    expect(await service("telemetry", deviceId)).toMatchObject([{ deviceId }]);
    expect(await service("call", deviceId, "boost")).toEqual({ status: 200, payload: { minutes: 15 } });
    await service("send", deviceId, "hello");
    await program.printed(/hello/);
    await service("desired", deviceId, '{"target": 21}');
    await eventually(async () =>
      expect((await hub.getTwin(deviceId)).properties.reported).toMatchObject({ target: 21 }),
    );
    program.interrupt();
    expect(await program.exit, program.output).toBe(0);
  });
});
