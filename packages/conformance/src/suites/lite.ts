import { describe } from "vitest";
import type { Fixtures } from "../fixtures.ts";
import { expectGaps } from "../gaps.ts";
import { c2dSuite } from "./c2d.ts";
import { connectSuite } from "./connect.ts";
import { errorsSuite } from "./errors.ts";
import { methodsSuite } from "./methods.ts";
import { outboxSuite } from "./outbox.ts";
import { reconnectSuite } from "./reconnect.ts";
import { reliabilitySuite } from "./reliability.ts";
import { renewalSuite } from "./renewal.ts";
import { shutdownSuite } from "./shutdown.ts";
import { telemetrySuite } from "./telemetry.ts";
import { twinsSuite } from "./twins.ts";

/** The behavior of the lite client, which every client has. */
export function liteSuite(fixtures: Fixtures): void {
  connectSuite(fixtures);
  errorsSuite(fixtures);
  telemetrySuite(fixtures);
  c2dSuite(fixtures);
  methodsSuite(fixtures);
  twinsSuite(fixtures);
  reconnectSuite(fixtures);
  reliabilitySuite(fixtures);
  renewalSuite(fixtures);
  shutdownSuite(fixtures);
  outboxSuite(fixtures);
}

/** The lite entry over one transport. */
export function liteSuites(fixtures: Fixtures): void {
  describe(`${fixtures.runtime} over ${fixtures.transport}/lite with the ${fixtures.engine.name} engine`, () => {
    expectGaps(fixtures);
    liteSuite(fixtures);
  });
}
