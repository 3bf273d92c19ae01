import { type Platform, type Runtime, webCrypto } from "@isohub/core";
import { mqttJsEngine } from "@isohub/core/mqttjs";
import { loadCertificate } from "./certificate.ts";
import { denoClock } from "./clock.ts";
import { fetchOverHttp } from "./http.ts";
import { connectTls } from "./tls-connection.ts";
import { version } from "./version.ts";
import { connectWebSocket } from "./websocket-connection.ts";

const denoRuntime: Runtime = {
  name: "deno",
  version,
  features: new Set(["tcp", "customTrust", "clientCertificate"]),
  clock: denoClock,
  crypto: webCrypto,
  connect: (endpoint, handlers, signal) =>
    endpoint.transport === "tcp"
      ? connectTls(endpoint, handlers, signal)
      : connectWebSocket(endpoint, handlers, signal),
  fetch: fetchOverHttp,
  loadCertificate: (x509) => loadCertificate(x509, denoClock.now()),
};

/**
 * Deno, with MQTT.js for MQTT: bundled for the web, because as a package it reads the environment, which a program with
 * `--allow-net` alone may not.
 */
export const denoPlatform: Platform = {
  runtime: denoRuntime,
  engine: mqttJsEngine(async () => (await import("@isohub/core/mqttjs-web")).loadMqttJs()),
};
