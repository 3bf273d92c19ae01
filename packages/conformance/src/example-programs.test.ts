// examples/node and examples/deno: run as a newcomer would, against the local hub.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { freshId } from "./device.ts";
import { providedHub } from "./provided-hub.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const { hub, ca } = providedHub();
let folder = "";
let caFile = "";
beforeAll(async () => {
  // Puts the program into its place. Later on it is started without this command, which would keep signals from it.
  await promisify(execFile)(join(root, "node_modules/.bin/deno"), ["--version"]);
  folder = await mkdtemp(join(tmpdir(), "isohub-examples-"));
  caFile = join(folder, "ca.pem");
  await writeFile(caFile, ca);
});
afterAll(() => rm(folder, { recursive: true }));

/** A running example. */
class Program {
  readonly exit: Promise<number | null>;
  readonly #child;
  #output = "";

  constructor(command: string, args: string[], cwd: string, env: Record<string, string>) {
    const trust = { NODE_EXTRA_CA_CERTS: caFile, DENO_CERT: caFile, DENO_NO_UPDATE_CHECK: "1" };
    this.#child = spawn(command, args, { cwd: join(root, cwd), env: { ...process.env, ...trust, ...env } });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on("data", (part) => {
        this.#output += part;
      });
    }
    this.exit = new Promise((resolve) => this.#child.once("exit", resolve));
    onTestFinished(() => void this.#child.kill("SIGKILL"));
  }

  get output(): string {
    return this.#output;
  }

  /** Waits until it has said something. */
  async said(text: string): Promise<void> {
    await expect.poll(() => this.#output, { timeout: 20_000 }).toContain(text);
  }

  interrupt(): void {
    this.#child.kill("SIGINT");
  }
}

const fleet = ["PROVISIONING_HOST", "ID_SCOPE", "GROUP_KEY"];
const deno = (name: string, args: string[]): Program =>
  new Program(
    join(root, "node_modules/deno/deno"),
    ["run", "--allow-net", `${name}.ts`, ...args],
    "examples/deno",
    {},
  );
const node = (name: string, variables: string[], values: string[]): Program =>
  new Program(
    process.execPath,
    ["--unhandled-rejections=strict", `${name}.mjs`],
    "examples/node",
    Object.fromEntries(variables.map((variable, index) => [variable, values[index] ?? ""])),
  );

/** How an example is started, with its connection string or what a fleet needs. */
const runtimes: Record<string, (name: string, ...values: string[]) => Program> = {
  Node: (name, ...values) => node(name, values.length > 1 ? fleet : ["CONNECTION_STRING"], values),
  Deno: (name, ...values) => deno(name, values),
};

describe.each(Object.keys(runtimes))("the examples for %s", (runtime) => {
  const start = async (name: string): Promise<{ program: Program; deviceId: string }> => {
    const deviceId = freshId(name);
    const { connectionString } = await hub.createDevice(deviceId);
    return { program: run(name, connectionString), deviceId };
  };
  const run = (name: string, ...values: string[]): Program => {
    const program = runtimes[runtime]?.(name, ...values);
    if (program === undefined) throw new Error(runtime);
    return program;
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
    await program.said("reported");
    await hub.patchDesired(deviceId, { color: "red" });
    await program.said("reported version 2");
    expect((await hub.getTwin(deviceId)).properties.reported).toMatchObject({
      color: "red",
      appliedVersion: 2,
    });
    program.interrupt();
    expect(await program.exit, program.output).toBe(0);
  });

  it("methods", async () => {
    const { program, deviceId } = await start("methods");
    await program.said("waiting for method calls");
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
    await program.said("waiting for messages");
    await hub.sendC2d(deviceId, "hello", { properties: { room: "hall" } });
    await program.said("“hello”");
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
