import type { Runtime } from "@isohub/core";
import { Claims } from "./claim.ts";
import { browserClock } from "./clock.ts";
import { connect } from "./connect.ts";
import { pageCrypto } from "./crypto.ts";
import { watchOutside } from "./outside.ts";
import { version } from "./version.ts";

const claims = new Claims({
  clock: browserClock,
  get locks() {
    return globalThis.navigator?.locks;
  },
});

/** What a page brings for clients that send no HTTP requests. */
export const pageRuntime: Omit<Runtime, "fetch"> = {
  name: "browser",
  version,
  // What is beyond WebSockets is the browser's to decide, not the page's.
  features: new Set(),
  clock: browserClock,
  crypto: pageCrypto,
  connect,
  watch: watchOutside,
  claim: (name, signal) => claims.claim(name, signal),
};
