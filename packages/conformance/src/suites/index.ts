import { describe } from "vitest";
import type { Fixtures } from "../fixtures.ts";
import { expectGaps } from "../gaps.ts";
import { faultMomentsSuite } from "./fault-moments.ts";
import { featuresSuite } from "./features.ts";
import { inputsSuite } from "./inputs.ts";
import { liteSuite } from "./lite.ts";
import { modulesSuite } from "./modules.ts";
import { optionsSuite } from "./options.ts";
import { provisionedSuite } from "./provisioned.ts";
import { provisioningSuite } from "./provisioning.ts";
import { provisioningRefusedSuite } from "./provisioning-refused.ts";
import { receiveSuite } from "./receive.ts";
import { suppliedTokenSuite } from "./supplied-token.ts";
import { tokenProviderSuite } from "./token-provider.ts";
import { trustSuite } from "./trust.ts";
import { uploadsSuite } from "./uploads.ts";
import { x509Suite } from "./x509.ts";

/** The behavior of every runtime, over one transport. */
export function allSuites(fixtures: Fixtures): void {
  describe(`${fixtures.runtime} over ${fixtures.transport} with the ${fixtures.engine.name} engine`, () => {
    expectGaps(fixtures);
    liteSuite(fixtures);
    faultMomentsSuite(fixtures);
    featuresSuite(fixtures);
    optionsSuite(fixtures);
    receiveSuite(fixtures);
    suppliedTokenSuite(fixtures);
    tokenProviderSuite(fixtures);
    modulesSuite(fixtures);
    inputsSuite(fixtures);
    uploadsSuite(fixtures);
    x509Suite(fixtures);
    trustSuite(fixtures);
    provisioningSuite(fixtures);
    provisioningRefusedSuite(fixtures);
    provisionedSuite(fixtures);
  });
}
