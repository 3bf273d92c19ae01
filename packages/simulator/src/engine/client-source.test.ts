import { type Emulator, startEmulator } from "@isohub/emulator";
import * as isohub from "@isohub/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConnectionSource, Scenario } from "../document/scenario.ts";
import { localHub } from "../hub/local-hub.ts";
import type { SimulatorPlatform } from "./platform.ts";
import { Simulation, type SimulationOptions } from "./simulation.ts";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ provisioningRetryAfterSeconds: 0 });
});
afterAll(() => emulator.close());

const shortRun: Scenario["phases"] = [
  { phase: "ramp", over: "10ms" },
  { phase: "hold", for: "200ms" },
  { phase: "drain", within: "2m" },
];

/** Node's clients, over TLS. @param serverVerificationCert - the authorities that they trust */
function platformTrusting(serverVerificationCert: string): SimulatorPlatform {
  return {
    ...isohub,
    engine: isohub.leanEngine,
    localTransport: "tls",
    clientOptions: { serverVerificationCert },
  };
}

/** Runs two devices that connect in one way, and returns the messages that the hub holds of each. */
async function held(
  id: string,
  connect: ConnectionSource | undefined,
  options: SimulationOptions,
): Promise<number[]> {
  const scenario: Scenario = {
    types: { sensor: { fields: { n: { generator: "counter" } }, messages: [{ every: "50ms", jitter: 0 }] } },
    groups: [{ type: "sensor", count: 2, id: `${id}-{n}`, ...(connect === undefined ? {} : { connect }) }],
    phases: shortRun,
  };
  const platform = platformTrusting(emulator.ca);
  const { counts } = await new Simulation(scenario, platform, options).run();
  expect(counts).toMatchObject({ failed: 0, errors: {} });
  expect(counts.acknowledged).toBe(counts.sent);
  return [1, 2].map((number) => emulator.telemetry(`${id}-${number}`).length);
}

const some = [expect.any(Number), expect.any(Number)];

describe("devices connect", () => {
  it("at a local hub, which registers them", async () => {
    const counts = await held("local", undefined, { hub: localHub(emulator) });
    expect(counts).toEqual(some);
    expect(Math.min(...counts)).toBeGreaterThan(2);
  });

  it("with one connection string per line", async () => {
    const devices = [await emulator.createDevice("line-1"), await emulator.createDevice("line-2")];
    const DEVICES = `${devices.map(({ connectionString }) => connectionString).join("\r\n")}\n`;
    const counts = await held(
      "line",
      { from: "connectionString", secret: "DEVICES" },
      { secrets: { DEVICES } },
    );
    expect(Math.min(...counts)).toBeGreaterThan(2);
  });

  it("with tokens of a shared access policy", async () => {
    await Promise.all([1, 2].map((number) => emulator.createDevice(`policy-${number}`)));
    const secrets = { HUB: emulator.serviceConnectionString };
    const counts = await held("policy", { from: "policy", secret: "HUB" }, { secrets });
    expect(Math.min(...counts)).toBeGreaterThan(2);
  });

  it("by the provisioning service, with keys derived from a group's", async () => {
    const { primaryKey = "" } = await emulator.createEnrollmentGroup("fleet");
    const { idScope, endpoints } = emulator;
    const host = `${endpoints.provisioning.host}:${endpoints.provisioning.port}`;
    const counts = await held(
      "provisioned",
      { from: "provisioning", idScope, host, secret: "GROUP_KEY" },
      { secrets: { GROUP_KEY: primaryKey } },
    );
    expect(Math.min(...counts)).toBeGreaterThan(2);
  });

  it("only if there is a line for each", async () => {
    const { connectionString } = await emulator.createDevice("short-1");
    await expect(
      held(
        "short",
        { from: "connectionString", secret: "DEVICES" },
        { secrets: { DEVICES: connectionString } },
      ),
    ).rejects.toThrow(
      "The secret DEVICES must be one connection string per line for each device, got 1 lines for 2 devices",
    );
  });

  const line = (id: string): string => `HostName=h;DeviceId=${id};SharedAccessKey=c2Vj`;
  it.each<[ConnectionSource["from"], string, string]>([
    ["policy", "", "a non-empty string, got nothing"],
    [
      "policy",
      "secret",
      "the connection string of a shared access policy, got an error (The connection string must have only the fields",
    ],
    ["policy", line("d"), "the connection string of a shared access policy, got one with a DeviceId"],
    [
      "connectionString",
      `${line("a")}\n${line("b")};x`,
      "got an error (The connection string must have only",
    ],
    ["connectionString", `${line("a")}\n${line("a")}`, "got the device of line 1 in line 2"],
    ["connectionString", `${line("a")};ModuleId=m\n${line("b")}`, "got a ModuleId in line 1"],
    ["provisioning", "no key!", "the key of an enrollment group, in base64, got another string"],
  ])("only if the secret is valid: %s, '%s'", (from, SECRET, message) => {
    const connect = { from, secret: "SECRET", ...(from === "provisioning" ? { idScope: "0ne" } : {}) };
    const scenario = {
      groups: [{ type: "pump", count: 2, connect }],
      phases: [{ phase: "ramp", over: "1s" }],
    };
    const create = (): unknown =>
      new Simulation(scenario, { ...isohub, engine: isohub.leanEngine }, { secrets: { SECRET } });
    expect(create).toThrow("The secret SECRET must be ");
    expect(create).toThrow(message);
  });

  it("at the local hub and at another, of which only the first is compared", async () => {
    await using other = await startEmulator();
    await other.createDevice("mixed-1");
    const scenario: Scenario = {
      types: { sensor: { fields: { n: { generator: "counter" } }, messages: [{ every: "50ms" }] } },
      groups: [
        { name: "here", type: "sensor", count: 1 },
        {
          name: "there",
          type: "sensor",
          count: 1,
          id: "mixed-1",
          connect: { from: "policy", secret: "HUB" },
        },
      ],
      phases: shortRun,
    };
    const platform = platformTrusting(`${emulator.ca}\n${other.ca}`);
    const secrets = { HUB: other.serviceConnectionString };
    const { counts, deliveries } = await new Simulation(scenario, platform, {
      secrets,
      hub: localHub(emulator),
    }).run();
    const held = emulator.telemetry("here").length;
    expect(deliveries).toMatchObject({ held, lost: 0, repeated: 0 });
    expect(counts).toMatchObject({ acknowledged: held + other.telemetry("mixed-1").length, failed: 0 });
  });
});
