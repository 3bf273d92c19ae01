import type { Platform, Runtime } from "@isohub/core";
import { mqttJsEngine } from "@isohub/core/mqttjs";
import { loadMqttJs } from "@isohub/core/mqttjs-web";
import { fetchOverWeb, webClock } from "@isohub/core/web";
import { connect } from "./connect.ts";
import { pageCrypto } from "./crypto.ts";
import { version } from "./version.ts";

const browserRuntime: Runtime = {
  name: "browser",
  version,
  // What is beyond WebSockets is the browser's to decide, not the page's.
  features: new Set(),
  clock: webClock,
  crypto: pageCrypto,
  connect,
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
