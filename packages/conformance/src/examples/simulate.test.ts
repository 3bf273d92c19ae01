// The command `isohub simulate` as users run it, with the scenarios of examples/simulator.
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkScenario, readyTypes, type Scenario } from "@isohub/simulator";
import { describe, expect, inject, it } from "vitest";
import { fileFolder, root } from "../files.ts";
import { type Program, startProgram } from "../program.ts";

const folder = fileFolder();

/** Returns the example of a storm with fewer devices, which do everything twenty times as fast. */
async function quickStorm(): Promise<Scenario> {
  const document = await readFile(join(root, "examples/simulator/storm.json"), "utf8");
  const quick: Scenario = JSON.parse(
    document.replaceAll(/"(\d+)s"/g, (_all, seconds) => `"${seconds * 50}ms"`),
  );
  const { thermostat } = readyTypes;
  return {
    ...quick,
    types: { thermostat: { ...thermostat, messages: [{ every: "250ms", fields: ["temperature"] }] } },
    groups: [{ type: "thermostat", count: 24 }],
  };
}

/** Starts the command. */
function simulate(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  isInTerminal = false,
): Program {
  return startProgram(process.execPath, [join(root, "packages/isohub/dist/cli.js"), "simulate", ...args], {
    cwd: join(root, "examples/simulator"),
    env,
    isInTerminal,
  });
}

/** Runs the command, and reads its report. */
async function report(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>> {
  const file = join(folder, `${name}.json`);
  const program = simulate([...args, "--quiet", "--report", file], env);
  expect(await program.exit, program.output).toBe(0);
  return JSON.parse(await readFile(file, "utf8"));
}

describe("isohub simulate", () => {
  it("replays a CSV file on a hub that it starts", async () => {
    const { counts, deliveries } = await report("replay", ["replay.json", "--for", "2s"]);
    expect(counts).toMatchObject({ failed: 0, errors: {} });
    expect(deliveries).toMatchObject({ lost: 0 });
  });

  it("ends as it should if its output is read no longer", async () => {
    const file = join(folder, "unread.json");
    const command = `"$0" "$1" simulate replay.json --for 1s --report "$2" | true; exit "\${PIPESTATUS[0]}"`;
    const cli = join(root, "packages/isohub/dist/cli.js");
    const cwd = join(root, "examples/simulator");
    const program = startProgram("bash", ["-c", command, process.execPath, cli, file], { cwd });
    expect(await program.exit, program.output).toBe(0);
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ deliveries: { lost: 0 } });
  });

  it("loses nothing in a storm with faults, and sends in threads and in shards what one thread sends", async () => {
    await writeFile(join(folder, "quick-storm.json"), JSON.stringify(await quickStorm()));
    const small = [join(folder, "quick-storm.json")];
    const [whole, threads, ...shards] = await Promise.all([
      report("whole", [...small, "--workers", "1"]),
      report("threads", [...small, "--workers", "2"]),
      report("shard-0", [...small, "--shard", "0/3"]),
      // As in an indexed job of Kubernetes.
      ...[1, 2].map((index) =>
        report(`shard-${index}`, [...small, "--shard", "3"], { JOB_COMPLETION_INDEX: String(index) }),
      ),
    ]);
    expect(shards).toHaveLength(3);
    const files = [0, 1, 2].map((index) => join(folder, `shard-${index}.json`));
    const merged = await report("merged", ["merge", ...files]);
    for (const each of [threads, merged]) {
      expect(each).toMatchObject({
        devices: 24,
        passed: true,
        counts: { digest: Object(whole?.["counts"]).digest, sent: Object(whole?.["counts"]).sent, failed: 0 },
        deliveries: { lost: 0 },
      });
    }
  });

  it.each(["load.json", "replay.json", "storm.json"])("accepts the example %s", async (name) => {
    const file = join(root, "examples/simulator", name);
    const csv = await readFile(join(root, "examples/simulator/boiler.csv"), "utf8");
    const document = JSON.parse(await readFile(file, "utf8"));
    expect(checkScenario({ ...document, files: { "boiler.csv": csv } })).toEqual([]);
  });

  it("exports a scenario as programs for Node and Deno, which run by themselves", async () => {
    const modules = join(root, "packages/conformance/node_modules");
    await symlink(modules, join(folder, "node_modules"), "dir");
    const dependencies = {
      "@isohub/emulator": "*",
      "@isohub/node": "*",
      "@isohub/deno": "*",
      "@isohub/simulator": "*",
    };
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module", dependencies }));
    const scenario = join(folder, "short.json");
    const groups = [{ type: "thermostat", count: 3 }];
    const phases = [
      { phase: "ramp", over: "0s" },
      { phase: "hold", for: "1s" },
      { phase: "drain", within: "60s" },
    ];
    await writeFile(scenario, JSON.stringify({ name: "short", groups, phases }));
    const commands = { node: [process.execPath], deno: [join(root, "node_modules/.bin/deno"), "run", "-A"] };
    for (const [to, [command = "", ...first]] of Object.entries(commands)) {
      const file = join(folder, `short-${to}.${to === "node" ? "mjs" : "ts"}`);
      const exported = simulate(["export", scenario, "--to", to, "--output", file]);
      expect(await exported.exit, exported.output).toBe(0);
      const env = { CONTROL_URL: inject("hub").controlUrl };
      const program = startProgram(command, [...first, file], { cwd: folder, env });
      expect(await program.exit, program.output).toBe(0);
      expect(program.output).toMatch(/lost: 0/);
    }
  });

  it("uploads files also with --plain, and waits for them", async () => {
    const file = join(folder, "uploads.json");
    const types = { scanner: { uploads: { every: "500ms", jitter: 0, bytes: 1000 } } };
    const groups = [{ type: "scanner", count: 2, id: "plain-upload-{n}" }];
    const phases = [
      { phase: "ramp", over: "0s" },
      { phase: "hold", for: "600ms" },
      { phase: "drain", within: "2m" },
    ];
    await writeFile(file, JSON.stringify({ name: "uploads", types, groups, phases }));
    const { counts } = await report("uploads", [file, "--plain", "--hub", inject("hub").controlUrl]);
    expect(counts).toMatchObject({ errors: {} });
    expect(Object(counts).uploads).toBeGreaterThanOrEqual(2);
  });

  it("drains when it is interrupted", async () => {
    const args = ["replay.json", "--for", "1h", "--every", "200ms", "--report", join(folder, "drained.json")];
    const program = simulate(args, {}, true);
    await program.printed(/ acknowledged [1-9]/);
    program.interrupt();
    expect(await program.exit, program.output).toBe(0);
    expect(program.output).toMatch(/ {2}stopped +interrupted/);
    const { counts, deliveries } = JSON.parse(await readFile(join(folder, "drained.json"), "utf8"));
    expect(counts).toMatchObject({ acknowledged: counts.sent, failed: 0 });
    expect(deliveries).toMatchObject({ held: counts.sent, lost: 0 });
  });
});
