import { printUnhandled, type Runtime, version } from "@isohub/core/runtime";
import { browserClock } from "./clock.ts";
import { connect } from "./connect.ts";
import { pageCrypto } from "./crypto.ts";
import { watchEnvironment } from "./environment-changes.ts";
import { IdentityLocks } from "./identity-lock.ts";

const identityLocks = new IdentityLocks({
  clock: browserClock,
  get locks() {
    // Null in happy-dom.
    return globalThis.navigator?.locks ?? undefined;
  },
});

/** The runtime of clients that send no HTTP requests. */
export const pageRuntime: Omit<Runtime, "fetch"> = {
  name: "browser",
  version,
  // The browser controls everything else about connections.
  features: new Set(),
  clock: browserClock,
  crypto: pageCrypto,
  connect,
  watch: watchEnvironment,
  reportUnhandled,
  lockIdentity: (...args) => identityLocks.lock(...args),
};

/** By the standard, pages and their workers have this product. Elsewhere `reportError` may end the process. */
function reportUnhandled(error: Error): void {
  const isPage = globalThis.navigator?.product === "Gecko" && "reportError" in globalThis;
  (isPage ? reportError : printUnhandled)(error);
}
