import type { VerifyCase } from "../case.ts";
import { connectingCases } from "./connecting.ts";
import { identityCases } from "./identities.ts";
import { messageCases } from "./messages.ts";
import { methodCases } from "./methods.ts";
import { twinCases } from "./twins.ts";
import { uploadCases } from "./uploads.ts";

/** Every case, in the order in which they run. */
export const cases: readonly VerifyCase[] = [
  ...connectingCases,
  ...messageCases,
  ...twinCases,
  ...methodCases,
  ...identityCases,
  ...uploadCases,
];
