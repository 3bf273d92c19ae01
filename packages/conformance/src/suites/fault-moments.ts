import { describe, expect, inject, it } from "vitest";
import { sample } from "../../../../scripts/lib/sample.mjs";
import { createDevice, freshId } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";
import { cells, type FaultCell, faults, moments, operationLimitMs } from "./fault-cells.ts";

/** A cell that has run: the time from the fault to the next acknowledged message, or the rule that it breaks. */
export interface FaultCellResult extends FaultCell {
  readonly healMs?: number;
  readonly violation?: string;
}

declare module "vitest" {
  interface TaskMeta {
    /** Becomes a table of docs/reliability.md if all cells have run. */
    faultCells?: readonly FaultCellResult[];
  }
}

/** Short limits: how a fault is noticed counts here, not when. */
const limits = {
  firstConnectionRetry: true,
  keepAlive: 2,
  pingTimeoutMs: 3000,
  connectStepTimeoutMs: 3000,
  acknowledgementTimeoutMs: 3000,
  overtakenTimeoutMs: 3000,
  operationTimeoutMs: operationLimitMs,
};

/** The number of cells that run side by side. */
const sideBySide = 24;

/** A sample of the faults at the moments of a device; in `npm run matrix` all of them. */
export function faultMomentsSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  const run = async ({ fault, moment }: FaultCell): Promise<number | undefined> => {
    const { client, deviceId } = await createDevice(fixtures, limits, freshId("cell"));
    const acknowledged = new Set<string>();
    let sent = 0;
    const send = async (text = `message ${sent++}`): Promise<void> => {
      await client.sendMessage(text);
      acknowledged.add(text);
    };
    let injectedAt = performance.now();
    let isInjected = false;
    const makeFault = async (): Promise<void> => {
      isInjected = true;
      await faults[fault]?.(hub, deviceId);
      injectedAt = performance.now();
    };
    await client.connect();
    const operations = moments[moment]?.({ client, hub, deviceId, inject: makeFault, send: () => send() });
    await Promise.all(operations ?? []);
    expect(isInjected, "the fault was made").toBe(true);
    const ends = moment === "shutting down";
    if (!ends) await send("probe");
    const healMs = Math.max(0, performance.now() - injectedAt);
    if (!ends) {
      const patience = { timeoutMs: operationLimitMs };
      await eventually(async () => expect(await hub.sessionsOf(deviceId)).toHaveLength(1), patience);
      // No message is rejected while the client lives.
      expect(acknowledged.size).toBe(sent + 1);
    }
    const originals = new Map<string, number>();
    for (const { body, dup } of await hub.telemetry(deviceId)) {
      const text = new TextDecoder().decode(body);
      originals.set(text, (originals.get(text) ?? 0) + (dup ? 0 : 1));
    }
    for (const text of acknowledged) expect(originals.has(text), `${text} is at the hub`).toBe(true);
    if (!ends) expect(originals.size).toBe(acknowledged.size);
    // If the original was lost, only a copy has arrived.
    expect(Math.max(0, ...originals.values())).toBeLessThanOrEqual(1);
    await client.shutdown();
    return ends ? undefined : healMs;
  };

  describe("faults at moments", () => {
    it("lose no acknowledged message, and settle every operation", async ({ task }) => {
      const { count, seed } = inject("faultCells");
      const waiting = count === "all" ? [...cells] : sample(cells, count, seed);
      const results: FaultCellResult[] = [];
      const lane = async (): Promise<void> => {
        for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift()) {
          try {
            const healMs = await run(cell);
            results.push(healMs === undefined ? cell : { ...cell, healMs });
          } catch (error) {
            results.push({ ...cell, violation: String(error) });
          }
        }
      };
      await Promise.all(Array.from({ length: sideBySide }, lane));
      task.meta.faultCells = results;
      expect(
        results.filter(({ violation }) => violation !== undefined),
        `seed ${seed}`,
      ).toEqual([]);
    }, 900_000);
  });
}
