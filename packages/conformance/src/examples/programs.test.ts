// The programs of examples/node and examples/deno, run like a newcomer runs them, against the local hub.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { freshId } from "../device.ts";
import { fileFolder, root, testFolder } from "../files.ts";
import { type Program, startProgram } from "../program.ts";
import { providedHub } from "../provided-hub.ts";

const { hub, ca } = providedHub();
const caFile = join(fileFolder(), "ca.pem");
const denoProgram = join(root, "node_modules/deno/deno");
beforeAll(async () => {
  await writeFile(caFile, ca);
  // Installs the program. The command itself would keep signals from it.
  await promisify(execFile)(join(root, "node_modules/.bin/deno"), ["--version"]);
});

const fleetVariables = ["PROVISIONING_HOST", "ID_SCOPE", "GROUP_KEY"];

/** Starts an example on a runtime, with a connection string or with the parameters of a fleet. */
const runtimes: Record<"Node" | "Deno", (name: string, ...values: string[]) => Program> = {
  Node(name, ...values) {
    const variables = values.length > 1 ? fleetVariables : ["CONNECTION_STRING"];
    return startProgram(process.execPath, ["--unhandled-rejections=strict", `${name}.mjs`], {
      cwd: join(root, "examples/node"),
      env: {
        NODE_EXTRA_CA_CERTS: caFile,
        ...Object.fromEntries(variables.map((variable, index) => [variable, values[index] ?? ""])),
      },
    });
  },
  Deno: (name, ...values) =>
    startProgram(denoProgram, ["run", "--allow-net", `${name}.ts`, ...values], {
      cwd: join(root, "examples/deno"),
      env: { DENO_CERT: caFile, DENO_NO_UPDATE_CHECK: "1" },
    }),
};

describe.each(Object.entries(runtimes))("the examples for %s", (_runtime, run) => {
  const start = async (name: string): Promise<{ program: Program; deviceId: string }> => {
    const deviceId = freshId(name);
    const { connectionString } = await hub.createDevice(deviceId);
    return { program: run(name, connectionString), deviceId };
  };

  it("telemetry", async () => {
    const { program, deviceId } = await start("telemetry");
    expect(await program.exit, program.output).toBe(0);
    const messages = await hub.telemetry(deviceId);
    expect(messages).toHaveLength(5);
    expect(messages[0]?.properties).toMatchObject({ alert: expect.stringMatching(/true|false/) });
  });

  it("twin", async () => {
    const { program, deviceId } = await start("twin");
    await program.printed(/reported/);
    await hub.patchDesired(deviceId, { color: "red" });
    await program.printed(/reported version 2/);
    expect((await hub.getTwin(deviceId)).properties.reported).toMatchObject({
      color: "red",
      appliedVersion: 2,
    });
    program.interrupt();
    expect(await program.exit, program.output).toBe(0);
  });

  it("methods", async () => {
    const { program, deviceId } = await start("methods");
    await program.printed(/waiting for method calls/);
    expect(await hub.invokeMethod(deviceId, "add", { a: 2, b: 3 })).toEqual({
      status: 200,
      payload: { sum: 5 },
    });
    expect(await hub.invokeMethod(deviceId, "add", "?")).toMatchObject({ status: 400 });
    expect(await hub.invokeMethod(deviceId, "dance")).toMatchObject({ status: 501 });
    program.interrupt();
    expect(await program.exit, program.output).toBe(0);
  });

  it("c2d", async () => {
    const { program, deviceId } = await start("c2d");
    await program.printed(/waiting for messages/);
    await hub.sendC2d(deviceId, "hello", { properties: { room: "hall" } });
    await program.printed(/“hello”/);
    await hub.sendC2d(deviceId, "stop");
    expect(await program.exit, program.output).toBe(0);
    expect(program.output).toContain("hall");
    expect(await hub.c2dQueue(deviceId)).toEqual([]);
  });

  it("many devices", async () => {
    const { primaryKey } = await hub.createEnrollmentGroup(freshId("group"));
    const { host, idScope } = await hub.provisioning();
    const program = run("many-devices", host, idScope, primaryKey);
    expect(await program.exit, program.output).toBe(0);
    expect(program.output).toContain("100 devices connected");
    expect(program.output).toContain("1000 messages acknowledged");
    expect(await hub.telemetry("meter-100")).not.toHaveLength(0);
  });
});

describe("the example in TypeScript", () => {
  it("typed twin", async () => {
    const deviceId = freshId("typed-twin");
    const { connectionString } = await hub.createDevice(deviceId);
    const program = runtimes.Deno("typed-twin", connectionString);
    await program.printed(/target not set/);
    await hub.patchDesired(deviceId, { target: 22 });
    await program.printed(/applied version 2, reported version 2/);
    expect((await hub.getTwin(deviceId)).properties.reported).toMatchObject({
      target: 22,
      status: "heating",
    });
    program.interrupt();
    expect(await program.exit, program.output).toBe(0);
  });
});

it("the outbox example sends what it left at the last start", async () => {
  const deviceId = freshId("outbox");
  const { connectionString } = await hub.createDevice(deviceId);
  const outboxFile = join(testFolder(), "readings.outbox");
  const start = (): Program =>
    startProgram(process.execPath, ["--unhandled-rejections=strict", "outbox.mjs"], {
      cwd: join(root, "examples/node"),
      env: { CONNECTION_STRING: connectionString, NODE_EXTRA_CA_CERTS: caFile, OUTBOX_FILE: outboxFile },
    });
  const first = start();
  await first.printed(/accepted reading 2/);
  await first.kill();
  const second = start();
  expect(await second.exit, second.output).toBe(0);
  expect(second.output).toContain("the hub has reading 5");
  const ids = (await hub.telemetry(deviceId)).map(({ systemProperties }) => systemProperties["messageId"]);
  const accepted = [first, second].flatMap(({ output }) => [
    ...output.matchAll(/accepted reading \d as (\S+)/g),
  ]);
  expect(accepted.length).toBeGreaterThanOrEqual(7);
  for (const [, id] of accepted) expect(ids).toContain(id);
});
