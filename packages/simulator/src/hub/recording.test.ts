import { createMemoryHub } from "@isohub/emulator/web";
import { describe, expect, it } from "vitest";
import { checkScenario } from "../checks/read-scenario.ts";
import type { SimulatedDevice } from "../engine/simulated-device.ts";
import { runVirtually } from "../engine/virtual-run.ts";
import type { SentMessage } from "../statistics/device-observer.ts";
import { recordScenario } from "./recording.ts";

const message = (
  deviceId: string,
  seconds: number,
  body: string,
): Parameters<typeof recordScenario>[0][number] => ({
  deviceId,
  body: new TextEncoder().encode(body),
  enqueuedTime: new Date(1_770_000_000_000 + seconds * 1000).toISOString(),
});

describe("a recording", () => {
  const recorded = recordScenario([
    message("boiler", 0, '{"temperature":61.5,"state":"on, \\"eco\\"","nested":{"a":1}}'),
    message("boiler", 2, '{"temperature":62}'),
    message("boiler", 4, '{"temperature":63.5}'),
    message("meter", 0, '{"kwh":1}'),
    message("meter", 1, "no JSON"),
  ]);

  it("is a scenario", () => {
    expect(checkScenario(recorded)).toEqual([]);
    expect(recorded?.files?.["boiler.csv"]).toBe('temperature,state\n61.5,"on, ""eco"""\n62,\n63.5,\n');
    expect(recorded?.types?.["boiler"]?.messages).toEqual([{ every: "2000ms", jitter: 0, limit: 3 }]);
  });

  it("is sent again as it was", async () => {
    const bodies: unknown[] = [];
    const observers = [{ onSent: (_device: unknown, { body }: { body: unknown }) => void bodies.push(body) }];
    const report = await runVirtually(recorded, createMemoryHub, { observers });
    expect(report.deliveries).toMatchObject({ lost: 0 });
    expect(bodies.filter((body) => "temperature" in Object(body))).toEqual([
      { temperature: 61.5, state: 'on, "eco"', nested: { a: 1 } },
      { temperature: 62, state: "", nested: null },
      { temperature: 63.5, state: "", nested: null },
    ]);
  });

  it("has each value with its type, and each message once", async () => {
    const sent = [
      {
        on: true,
        code: "007",
        name: " a ",
        at: { lat: 1, lon: [2] },
        none: null,
        n: 1e21,
        'a "b", c': "x\ny",
      },
      { on: false, code: "1e3", name: "", at: { lat: 2, lon: [] }, none: null, n: -0.5, 'a "b", c': "z" },
    ];
    const scenario = recordScenario([
      ...sent.map((body, index) => message("fast", index / 100, JSON.stringify(body))),
      message("slow", 0, '{"v":1}'),
      message("slow", 60, '{"v":2}'),
    ]);
    expect(checkScenario(scenario)).toEqual([]);
    const bodies = new Map<string, unknown[]>();
    const observers = [
      {
        onSent({ identity: { deviceId } }: SimulatedDevice, { text }: SentMessage) {
          bodies.set(deviceId, [...(bodies.get(deviceId) ?? []), JSON.parse(text)]);
        },
      },
    ];
    await runVirtually(scenario, createMemoryHub, { observers });
    expect(Object.fromEntries(bodies)).toEqual({ fast: sent, slow: [{ v: 1 }, { v: 2 }] });
  });

  it("needs a message that can be replayed", () => {
    expect(recordScenario([message("meter", 1, "no JSON")])).toBeUndefined();
  });
});
