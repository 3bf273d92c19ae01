import { beforeEach } from "vitest";
import type { Fixtures } from "./fixtures.ts";

/** A behavior that a runtime should have but doesn't have yet. */
export interface Gap {
  /** As in the fixtures. Defaults to every runtime. */
  readonly runtime?: string;
  readonly transport?: string;
  /** The name of the engine. Defaults to every engine. */
  readonly engine?: string;
  /** The name of the test. */
  readonly test: string;
  readonly reason: string;
}

/** All gaps. A test listed here must fail, so that the list stays up to date. */
export const gaps: readonly Gap[] = [];

/** Expects the tests of known gaps to fail. */
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
