import type { Platform, Runtime } from "@isohub/core";
import { mqttJsEngine } from "@isohub/core/mqttjs";
import { loadMqttJs } from "@isohub/core/mqttjs-web";
import { fetchOverWeb } from "@isohub/core/web";
import { browserClock } from "./clock.ts";
import { connect } from "./connect.ts";
import { pageCrypto } from "./crypto.ts";
import { watchOutside } from "./outside.ts";
import { version } from "./version.ts";

const browserRuntime: Runtime = {
  name: "browser",
  version,
  // What is beyond WebSockets is the browser's to decide, not the page's.
  features: new Set(),
  clock: browserClock,
  crypto: pageCrypto,
  connect,
  watch: watchOutside,
  fetch: (request, signal) =>
    fetchOverWeb(request, signal, {
      remediation:
        "The hub's HTTPS API does not answer pages of other origins (CORS): go through a server of your own, or a local hub",
    }),
};

/** The browser, with MQTT.js for MQTT. */
export const browserPlatform: Platform = {
  runtime: browserRuntime,
  engine: mqttJsEngine(async () => loadMqttJs()),
};
