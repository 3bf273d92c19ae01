import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, startEmulator } from "@isohub/emulator";
import { IoTHubDeviceClient, Message } from "@isohub/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SimulateProcess, simulate } from "./simulate.ts";

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator({ telemetryLimit: 100_000 });
  folder = await mkdtemp(join(tmpdir(), "isohub-simulate-"));
});
afterAll(async () => {
  await emulator.close();
  await rm(folder, { recursive: true });
});

const scenario = {
  name: "quick",
  types: {
    sensor: {
      fields: { value: { generator: "replay", file: "log.csv", column: "value" } },
      messages: [{ every: "100ms" }],
    },
  },
  groups: [{ type: "sensor", count: 3, id: "cli-{n}" }],
  phases: [
    { phase: "ramp", over: "50ms" },
    { phase: "hold", for: "300ms" },
    // It ends with the last acknowledgement: the bound is for a hub that hangs.
    { phase: "drain", within: "2m" },
  ],
  thresholds: [{ metric: "lost", maximum: 0 }],
};

/** Runs until it is interrupted. */
const endless = {
  ...scenario,
  phases: [scenario.phases[0], { phase: "hold", for: "1h" }, scenario.phases[2]],
};

interface Result {
  readonly code: number;
  readonly lines: string[];
  readonly errors: string[];
}

/** Runs the command with a scenario against the emulator. */
async function run(
  document: object,
  args: readonly string[] = [],
  io: Partial<SimulateProcess> = {},
): Promise<Result> {
  await writeFile(join(folder, "log.csv"), "value,other\n1,a\n2,b\n");
  await writeFile(join(folder, "scenario.json"), JSON.stringify(document));
  const [lines, process, errors] = processWith(io);
  const hub = ["--hub", emulator.endpoints.controlUrl];
  const code = await simulate([join(folder, "scenario.json"), ...hub, ...args], process);
  return { code, lines, errors };
}

/** Creates a process, and returns it with the lines and the errors that it prints. */
function processWith(io: Partial<SimulateProcess>): [string[], SimulateProcess, string[]] {
  const [lines, errors]: [string[], string[]] = [[], []];
  const process: SimulateProcess = {
    name: "isohub simulate",
    environment: {},
    emulator: "not-used",
    print: (line) => void lines.push(line),
    printError: (line) => void errors.push(line),
    onInterrupt: () => () => {},
    ...io,
  };
  return [lines, process, errors];
}

/** Creates the `onInterrupt` of a process, and a function that interrupts it. */
function interrupts(): { readonly onInterrupt: SimulateProcess["onInterrupt"]; interrupt(): void } {
  let interrupted = (): void => {};
  return {
    onInterrupt(listener) {
      interrupted = listener;
      return () => {};
    },
    interrupt: () => interrupted(),
  };
}

/** Starts a server that answers nothing. @param onRequest - called with the first request */
async function silentServer(onRequest: () => void): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer().once("request", onRequest);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("isohub simulate", () => {
  it("runs a scenario with its CSV file, and writes reports", async () => {
    const [json, junit] = [join(folder, "report.json"), join(folder, "report.xml")];
    const { code, lines, errors } = await run(scenario, [
      "--report",
      json,
      "--junit",
      junit,
      "--devices",
      "5",
    ]);
    expect({ code, errors }).toEqual({ code: 0, errors: [] });
    expect(lines.join("\n")).toMatch(/^ {2}at the hub +\d+ held, 0 lost/m);
    const report = JSON.parse(await readFile(json, "utf8"));
    expect(report).toMatchObject({ devices: 5, passed: true, deliveries: { lost: 0 } });
    expect(await readFile(junit, "utf8")).toContain('<testsuite name="quick" tests="2" failures="0"');
    const merged = await run(scenario, []).then(() => report);
    expect(merged.counts.sent).toBe(merged.counts.acknowledged);
  });

  it("ends with 1 if a threshold isn't met", async () => {
    const { code, lines } = await run({ ...scenario, thresholds: [{ metric: "sent", minimum: 1_000_000 }] });
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatch(/^ {2}FAILED +sent must be at least 1000000, got \d+$/);
  });

  it("ends with 2 if the scenario isn't valid, and connects nothing", async () => {
    const before = emulator.sessions().length;
    const { code, errors } = await run({ ...scenario, groups: [{ type: "toaster", count: 0 }] });
    expect({ code, errors }).toEqual({
      code: 2,
      errors: ["isohub simulate: groups[0].count must be an integer from 1 to 1000000, got 0"],
    });
    expect(emulator.sessions()).toHaveLength(before);
  });

  it("names the place of a CSV file that is missing, with all other problems", async () => {
    const types = {
      sensor: { fields: { value: { generator: "replay", file: "none.csv", column: "value" } } },
    };
    const { code, errors } = await run({ ...scenario, types, groups: [{ type: "toaster", count: 1 }] });
    expect({ code, errors }).toEqual({
      code: 2,
      errors: [
        expect.stringMatching(
          /^isohub simulate: types\.sensor\.fields\.value\.file must be the name of one of `files`, or of a CSV file next to the scenario, got 'none\.csv'\ngroups\[0\]\.type must be one of the types: .*, got 'toaster'$/,
        ),
      ],
    });
  });

  it("reads a scenario with a byte order mark", async () => {
    const file = join(folder, "marked.json");
    await writeFile(file, `\uFEFF${JSON.stringify({ ...scenario, phases: [] })}`);
    const [, io, errors] = processWith({});
    expect(await simulate([file], io)).toBe(2);
    expect(errors[0]).toMatch(/phases must be an array of at least 1 item, got an empty array$/);
  });

  it.each<[string, object, string]>([
    [
      "that isn't a report",
      { groups: [] },
      "must be a report of `isohub simulate --report`, got another document",
    ],
    [
      "without the others",
      { scenario: "s", seed: 1, shards: [{ index: 1, count: 3 }], counts: {} },
      "reports must be those of all 3 shards, got 1/3",
    ],
  ])("merges no document %s", async (_title, document, message) => {
    const file = join(folder, "other.json");
    await writeFile(file, JSON.stringify(document));
    const [, io, errors] = processWith({});
    expect(await simulate(["merge", file], io)).toBe(2);
    expect(errors[0]).toContain(message);
  });

  it("records a hub, and replays the same values", async () => {
    await using hub = await startEmulator();
    const file = join(folder, "recording.json");
    const { controlUrl } = hub.endpoints;
    await run(scenario, ["--hub", controlUrl, "--devices", "2"]);
    const values = (): unknown[] =>
      hub.telemetry("cli-1").map(({ body }) => JSON.parse(new TextDecoder().decode(body)).value);
    const recorded = values();
    expect(recorded.length).toBeGreaterThan(1);
    const [lines, io] = processWith({});
    expect(await simulate(["record", "--hub", controlUrl, "--output", file], io)).toBe(0);
    expect(await simulate([file, "--hub", controlUrl, "--quiet"], io), lines.join("\n")).toBe(0);
    expect(values()).toEqual([...recorded, ...recorded]);
  });

  it("records until it is interrupted, and prints the scenario", async () => {
    await using hub = await startEmulator();
    const { onInterrupt, interrupt } = interrupts();
    const [lines, io, errors] = processWith({ onInterrupt });
    const recording = simulate(["record", "--hub", hub.endpoints.controlUrl, "--for", "1h"], io);
    await expect.poll(() => errors).toEqual(["Recording. Press Ctrl+C to stop."]);
    const replay = { ...scenario, groups: [{ type: "sensor", count: 1, id: "live" }] };
    await run(replay, ["--hub", hub.endpoints.controlUrl]);
    interrupt();
    expect(await recording).toBe(0);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ groups: [{ type: "live", count: 1 }] });
  });

  it("reports messages that a recording leaves out", async () => {
    await using hub = await startEmulator();
    const { connectionString } = await hub.createDevice("mixed");
    await using client = IoTHubDeviceClient.createFromConnectionString(connectionString, {
      serverVerificationCert: hub.ca,
    });
    await client.sendMessage(new Message(new Uint8Array([0, 255, 128])));
    await client.sendMessage({ value: 1 });
    const [lines, io, errors] = processWith({});
    expect(await simulate(["record", "--hub", hub.endpoints.controlUrl], io)).toBe(0);
    expect(JSON.parse(lines[0] ?? "").types.mixed.messages).toEqual([
      { every: "1000ms", jitter: 0, limit: 1 },
    ]);
    expect(errors).toEqual([
      "Omitted 1 of 2 messages: they are from modules, or their body isn't a JSON object.",
    ]);
  });

  it("has nothing to record on a new hub", async () => {
    await using hub = await startEmulator();
    const [, io, errors] = processWith({});
    expect(await simulate(["record", "--hub", hub.endpoints.controlUrl], io)).toBe(2);
    expect(errors).toEqual([
      "isohub simulate: the hub must have telemetry of devices whose bodies are JSON objects, got 0 other messages",
    ]);
  });

  it.each([
    ["node", '* as isohub from "@isohub/node";'],
    ["deno", '"@isohub/deno";'],
    ["page", "<!doctype html>"],
  ])("exports a scenario as a program for %s, with its CSV file", async (to, part) => {
    await writeFile(join(folder, "log.csv"), "value,other\n1,a\n2,b\n");
    await writeFile(join(folder, "scenario.json"), JSON.stringify(scenario));
    const [lines, io] = processWith({});
    expect(await simulate(["export", join(folder, "scenario.json"), "--to", to], io)).toBe(0);
    expect(lines[0]).toContain(part);
    expect(lines[0]).toContain('"log.csv": "value,other');
  });

  it.each([
    ["node", "new Simulation(scenario, platform, { secrets: process.env })", "// HUB='…' node quick.mjs"],
    ["deno", "new Simulation(scenario, platform, { secrets: Deno.env.toObject() })", "// HUB='…' deno run"],
    ["page", 'new Simulation(scenario, platform, { secrets: { "HUB": prompt("HUB") } })', "<!doctype html>"],
  ])("exports a scenario that needs a secret and no local hub for %s", async (to, part, first) => {
    const groups = [{ type: "pump", count: 1, connect: { from: "policy", secret: "HUB" } }];
    await writeFile(join(folder, "scenario.json"), JSON.stringify({ ...scenario, groups, types: {} }));
    const [lines, io] = processWith({});
    expect(await simulate(["export", join(folder, "scenario.json"), "--to", to], io)).toBe(0);
    expect(lines[0]).toContain(part);
    expect(lines[0]?.startsWith(first)).toBe(true);
    expect(lines[0]).not.toMatch(/control/i);
  });

  it("stops at an interrupt, and at once at a second one", async () => {
    const { onInterrupt, interrupt } = interrupts();
    const lines: string[] = [];
    const print = (line: string): void => {
      lines.push(line);
      if (!/ acknowledged [1-9]/.test(line)) return;
      interrupt();
      interrupt();
    };
    await run(endless, ["--every", "50ms"], { onInterrupt, print });
    expect(lines.join("\n")).toMatch(/^ {2}stopped +interrupted$/m);
  });

  it("ends at an interrupt while it prepares devices at a hub that doesn't answer", async () => {
    const { onInterrupt, interrupt } = interrupts();
    await using hub = await silentServer(interrupt);
    const { code, lines } = await run(scenario, ["--hub", `${hub.url}/control`], { onInterrupt });
    expect(code).toBe(0);
    expect(lines.join("\n")).toMatch(/^ {2}messages +0 sent[\s\S]*^ {2}stopped +interrupted$/m);
  });

  it("prints the summary also if the hub has gone", async () => {
    const hub = await startEmulator();
    const { onInterrupt, interrupt } = interrupts();
    const lines: string[] = [];
    let closing: Promise<void> | undefined;
    const print = (line: string): void => {
      lines.push(line);
      if (closing !== undefined || !/ acknowledged [1-9]/.test(line)) return;
      closing = hub.close().then(() => {
        interrupt();
        interrupt();
      });
    };
    const args = ["--every", "50ms", "--hub", hub.endpoints.controlUrl];
    const { code, errors } = await run(endless, args, { onInterrupt, print });
    await closing;
    expect({ code, errors }).toEqual({ code: 1, errors: [] });
    expect(lines.join("\n")).toMatch(
      /^ {2}at the hub +not compared: The control API must be reachable at http/m,
    );
    expect(lines.at(-1)).toMatch(
      /^ {2}FAILED +lost must be at most 0, got no value, because the run wasn't compared with a local hub$/,
    );
  });

  it("keeps the summary if a report can't be written", async () => {
    const { code, lines, errors } = await run(scenario, ["--report", folder]);
    expect({ code, errors }).toEqual({
      code: 1,
      errors: [expect.stringMatching(/^isohub simulate: EISDIR/)],
    });
    expect(lines.at(-1)).toMatch(/^ {2}passed +lost must be at most 0, got 0$/);
  });

  it.each([[[]], [["--plain"]]])("connects from several source addresses, %j", async (transport) => {
    await using hub = await startEmulator();
    const { onInterrupt, interrupt } = interrupts();
    const sources = ["--source-address", "127.0.0.1", "--source-address", "127.0.0.2"];
    const target = ["--hub", hub.endpoints.controlUrl];
    const running = run(endless, [...target, "--devices", "4", ...sources, ...transport], { onInterrupt });
    const addresses = (): string[] =>
      hub
        .sessions()
        .map(({ remoteAddress }) => remoteAddress.replace(/:\d+$/, ""))
        .sort();
    await expect.poll(addresses).toEqual(["127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.0.2"]);
    interrupt();
    expect(await running).toMatchObject({ code: 0, errors: [] });
  });

  it("shows its progress, serves metrics, and sends them to a collector", async () => {
    const bodies: string[] = [];
    const collector = createServer(async (request, response) => {
      bodies.push(`${request.url} ${(await request.toArray()).join("")}`);
      response.end("{}");
    });
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
    const { port } = collector.address() as AddressInfo;
    let metrics = "";
    const { onInterrupt, interrupt } = interrupts();
    const lines: string[] = [];
    const print = async (line: string): Promise<void> => {
      lines.push(line);
      const url = lines[0]?.replace("metrics: ", "") ?? "";
      if (!/^ +\d+:\d\d {2}connected/.test(line) || metrics !== "") return;
      metrics = await (await fetch(url)).text();
      interrupt();
    };
    const args = ["--metrics-port", "0", "--otlp", `http://127.0.0.1:${port}`, "--every", "100ms"];
    const { code, errors } = await run(endless, args, { onInterrupt, print });
    collector.close();
    expect({ code, errors }).toEqual({ code: 0, errors: [] });
    expect(metrics).toMatch(/^isohub_simulator_sent_total \d+$/m);
    expect(metrics).toMatch(/^isohub_simulator_ack_milliseconds\{quantile="0.99"\} /m);
    expect(bodies.at(-1)).toMatch(/^\/v1\/metrics \{"resourceMetrics":.*"isohub_simulator_acknowledged"/);
  });
});
