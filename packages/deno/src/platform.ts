import { leanEngine } from "@isohub/core/lean";
import {
  createReceivers,
  type Platform,
  printUnhandled,
  RefusalReader,
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

const openConnection: Runtime["connect"] = async (endpoint, handlers, signal) => {
  const connect = endpoint.transport === "tcp" ? connectTls : connectWebSocket;
  const reader = new RefusalReader(endpoint, handlers, fetchIfAllowed);
  return reader.explaining(await connect(endpoint, reader.handlers, signal));
};

/** Without the permission, Deno would ask the user for it. */
const fetchIfAllowed: Runtime["fetch"] = async (request, signal) => {
  const { host } = new URL(request.url);
  const { state } = await Deno.permissions.query({ name: "net", host });
  if (state !== "granted") throw new Error(`--allow-net lacks ${host}`);
  return fetchOverHttp(request, signal);
};

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
