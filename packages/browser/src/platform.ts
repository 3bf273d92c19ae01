import type { Platform, Runtime } from "@isohub/core";
import { leanEngine } from "@isohub/core/lean";
import { fetchOverWeb } from "@isohub/core/web";
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

const browserRuntime: Runtime = {
  name: "browser",
  version,
  // What is beyond WebSockets is the browser's to decide, not the page's.
  features: new Set(),
  clock: browserClock,
  crypto: pageCrypto,
  connect,
  watch: watchOutside,
  claim: (name, signal) => claims.claim(name, signal),
  fetch: (request, signal) =>
    fetchOverWeb(request, signal, {
      remediation:
        "The hub's HTTPS API does not answer pages of other origins (CORS): go through a server of your own, or a local hub",
    }),
};

/** The browser, with the lean engine for MQTT unless a client is told otherwise. */
export const browserPlatform: Platform = { runtime: browserRuntime, engine: leanEngine };
