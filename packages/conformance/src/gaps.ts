import { beforeEach } from "vitest";
import type { Fixtures } from "./fixtures.ts";

/** A behaviour that a runtime should have and does not have yet. */
export interface Gap {
  /** As in the fixtures; without it, every runtime. */
  readonly runtime?: string;
  readonly transport?: string;
  /** The name of the engine; without it, each. */
  readonly engine?: string;
  /** The name of the test. */
  readonly test: string;
  readonly reason: string;
}

/** All there are. A test named here must fail: one that passes ends the run, so that the list stays true. */
export const gaps: readonly Gap[] = [];

/** Turns around what the tests of known gaps come to. */
export function expectGaps({ runtime, transport, engine }: Fixtures, known: readonly Gap[] = gaps): void {
  beforeEach(({ task }) => {
    const gap = known.find(
      (each) =>
        each.test === task.name &&
        (each.runtime ?? runtime) === runtime &&
        (each.transport ?? transport) === transport &&
        (each.engine ?? engine.name) === engine.name,
    );
    if (gap !== undefined) (task as { fails?: boolean }).fails = true;
  });
}
