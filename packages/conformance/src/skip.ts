import type { Feature } from "@isohub/core/runtime";
import type { TestContext } from "vitest";
import type { CertificateMaker, Fixtures } from "./fixtures.ts";

/** Skips a test that needs a feature of the runtime, and reports why. The features suite tests that it is rejected. */
export function skipWithout({ skip }: TestContext, { runtime, features }: Fixtures, feature: Feature): void {
  skip(!features.has(feature), `${runtime} has no ${feature}`);
}

/** Returns the functions that create certificates; skips the test if the runtime doesn't support client certificates. */
export function certificatesOf(context: TestContext, fixtures: Fixtures): CertificateMaker {
  skipWithout(context, fixtures, "clientCertificate");
  if (fixtures.certificates === undefined) throw new Error(`${fixtures.runtime} needs fixtures.certificates`);
  return fixtures.certificates;
}
