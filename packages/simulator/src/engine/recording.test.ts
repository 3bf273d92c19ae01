import { createMemoryHub } from "@isohub/emulator/web";
import { describe, expect, it } from "vitest";
import { checkScenario } from "../document/read-scenario.ts";
import { recordScenario } from "./recording.ts";
import { runVirtually } from "./virtual-run.ts";

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
    expect(recorded?.types?.["boiler"]?.messages).toEqual([{ every: "2000ms", jitter: 0 }]);
  });

  it("is sent again as it was", async () => {
    const bodies: unknown[] = [];
    const observers = [{ onSent: (_device: unknown, { body }: { body: unknown }) => void bodies.push(body) }];
    const report = await runVirtually(recorded, createMemoryHub, { observers });
    expect(report.deliveries).toMatchObject({ lost: 0 });
    expect(bodies.filter((body) => "temperature" in Object(body))).toEqual([
      { temperature: 61.5, state: 'on, "eco"' },
      { temperature: 62, state: "" },
      { temperature: 63.5, state: "" },
    ]);
  });

  it("needs a message that can be replayed", () => {
    expect(recordScenario([message("meter", 1, "no JSON")])).toBeUndefined();
  });
});
