import { describe } from "vitest";
import type { Fixtures } from "../fixtures.ts";
import { expectGaps } from "../gaps.ts";
import { c2dSuite } from "./c2d.ts";
import { connectSuite } from "./connect.ts";
import { errorsSuite } from "./errors.ts";
import { featuresSuite } from "./features.ts";
import { inputsSuite } from "./inputs.ts";
import { methodsSuite } from "./methods.ts";
import { modulesSuite } from "./modules.ts";
import { optionsSuite } from "./options.ts";
import { provisionedSuite } from "./provisioned.ts";
import { provisioningSuite } from "./provisioning.ts";
import { provisioningRefusedSuite } from "./provisioning-refused.ts";
import { receiveSuite } from "./receive.ts";
import { reconnectSuite } from "./reconnect.ts";
import { renewalSuite } from "./renewal.ts";
import { shutdownSuite } from "./shutdown.ts";
import { suppliedTokenSuite } from "./supplied-token.ts";
import { telemetrySuite } from "./telemetry.ts";
import { tokenProviderSuite } from "./token-provider.ts";
import { twinsSuite } from "./twins.ts";
import { uploadsSuite } from "./uploads.ts";
import { x509Suite } from "./x509.ts";

/** Every behaviour that every runtime must have, over one transport. */
export function allSuites(fixtures: Fixtures): void {
  describe(`${fixtures.runtime} over ${fixtures.transport} with the ${fixtures.engine.name} engine`, () => {
    expectGaps(fixtures);
    connectSuite(fixtures);
    featuresSuite(fixtures);
    errorsSuite(fixtures);
    telemetrySuite(fixtures);
    optionsSuite(fixtures);
    c2dSuite(fixtures);
    receiveSuite(fixtures);
    suppliedTokenSuite(fixtures);
    tokenProviderSuite(fixtures);
    methodsSuite(fixtures);
    twinsSuite(fixtures);
    modulesSuite(fixtures);
    inputsSuite(fixtures);
    uploadsSuite(fixtures);
    x509Suite(fixtures);
    provisioningSuite(fixtures);
    provisioningRefusedSuite(fixtures);
    provisionedSuite(fixtures);
    reconnectSuite(fixtures);
    renewalSuite(fixtures);
    shutdownSuite(fixtures);
  });
}
