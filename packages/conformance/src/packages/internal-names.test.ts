import { expect, it } from "vitest";
import { internalNames } from "../../../../scripts/lib/bundling/internal-names.mjs";
import { publicNames } from "../../../../scripts/lib/bundling/public-names.mjs";

it("no name that bundles shorten is in a public declaration", () => {
  const names = publicNames("browser");
  // Members of a class, its base class, an option type, a function's argument and the engine interface.
  const known = ["sendMessage", "connected", "retryPolicy", "firstMs", "onPuback", "retryAfterMs"];
  expect(known.filter((name) => !names.has(name))).toEqual([]);
  expect(internalNames.filter((name) => names.has(name))).toEqual([]);
});
