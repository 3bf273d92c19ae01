import { leanEngine } from "@isohub/core/lean";
import {
  createReceivers,
  type Platform,
  printUnhandled,
  type Runtime,
  readTransitOptions,
  version,
  webCrypto,
  withAutoTransport,
} from "@isohub/core/runtime";
import { certificateCrypto, loadCertificate } from "./certificate.ts";
import { denoClock } from "./clock.ts";
import { fetchOverHttp } from "./http.ts";
import { connectTls } from "./tls-connection.ts";
import { connectWebSocket } from "./websocket-connection.ts";

const openConnection: Runtime["connect"] = (endpoint, handlers, signal) =>
  endpoint.transport === "tcp"
    ? connectTls(endpoint, handlers, signal)
    : connectWebSocket(endpoint, handlers, signal);

const denoRuntime: Runtime = {
  name: "deno",
  version,
  features: new Set(["tcp", "customTrust", "clientCertificate"]),
  readTransit: (options) => readTransitOptions(options, denoClock, certificateCrypto),
  clock: denoClock,
  crypto: webCrypto,
  connect: withAutoTransport(openConnection),
  fetch: fetchOverHttp,
  loadCertificate: (x509) => loadCertificate(x509, denoClock.now()),
  reportUnhandled: printUnhandled,
};

/** Deno, with the lean engine as the default. */
export const denoPlatform: Platform = {
  runtime: denoRuntime,
  engine: leanEngine,
  loadReceivers: () => createReceivers,
};
