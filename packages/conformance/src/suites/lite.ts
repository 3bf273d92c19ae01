import { describe } from "vitest";
import type { Fixtures } from "../fixtures.ts";
import { expectGaps } from "../gaps.ts";
import { c2dSuite } from "./c2d.ts";
import { connectSuite } from "./connect.ts";
import { errorsSuite } from "./errors.ts";
import { methodsSuite } from "./methods.ts";
import { reconnectSuite } from "./reconnect.ts";
import { renewalSuite } from "./renewal.ts";
import { shutdownSuite } from "./shutdown.ts";
import { telemetrySuite } from "./telemetry.ts";
import { twinsSuite } from "./twins.ts";

/** What a device client with nothing but the essentials can do. */
export function liteSuite(fixtures: Fixtures): void {
  connectSuite(fixtures);
  errorsSuite(fixtures);
  telemetrySuite(fixtures);
  c2dSuite(fixtures);
  methodsSuite(fixtures);
  twinsSuite(fixtures);
  reconnectSuite(fixtures);
  renewalSuite(fixtures);
  shutdownSuite(fixtures);
}

/** The essentials by an entry of their own, over one transport. */
export function liteSuites(fixtures: Fixtures, entry: string): void {
  describe(`${fixtures.runtime} over ${fixtures.transport}/${entry} with the ${fixtures.engine.name} engine`, () => {
    expectGaps(fixtures);
    liteSuite(fixtures);
  });
}
