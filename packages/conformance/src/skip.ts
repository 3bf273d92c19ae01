import type { Feature } from "@isohub/core/runtime";
import type { TestContext } from "vitest";
import type { Fixtures } from "./fixtures.ts";

/** Skips a test that needs what this runtime cannot do; the report says so. That it is refused is tested elsewhere. */
export function skipWithout({ skip }: TestContext, { runtime, features }: Fixtures, feature: Feature): void {
  skip(!features.has(feature), `${runtime} has no ${feature}`);
}
