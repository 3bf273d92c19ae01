import { leanEngine } from "@isohub/core/lean";
import {
  createReceivers,
  fileMissing,
  type Platform,
  printUnhandled,
  type Runtime,
  readTransitOptions,
  version,
  withAutoTransport,
} from "@isohub/core/runtime";
import { nodeClock } from "./clock.ts";
import { nodeCrypto } from "./crypto.ts";
import { edgeEnvironment } from "./edge-environment.ts";
import { certificateCrypto, loadCertificate } from "./tls/certificate.ts";
import { readCipherList } from "./tls/cipher-list.ts";

const partMissing = fileMissing("@isohub/node");

// Modules for sockets, TLS and HTTP are loaded with the first connection: they take longer than everything else.
const openConnection: Runtime["connect"] = async (endpoint, handlers, signal) => {
  if (endpoint.transport === "tcp") {
    const { connectTls } = await import("./tls/tls-connection.ts").catch(partMissing);
    signal.throwIfAborted();
    return connectTls(endpoint, handlers, signal);
  }
  const { connectWebSocket } = await import("./websocket/websocket-connection.ts").catch(partMissing);
  signal.throwIfAborted();
  return connectWebSocket(endpoint, handlers, signal);
};

const nodeRuntime: Runtime = {
  name: "node",
  version,
  features: new Set(["tcp", "customTrust", "cipher", "clientCertificate", "proxy"]),
  readTransit(options) {
    const crypto = options["serverVerificationCert"] === undefined ? undefined : certificateCrypto();
    const transit = readTransitOptions(options, nodeClock, crypto);
    return transit.cipher === undefined ? transit : { ...transit, cipher: readCipherList(transit.cipher) };
  },
  clock: nodeClock,
  crypto: nodeCrypto,
  connect: withAutoTransport(openConnection),
  async fetch(request, signal) {
    const { fetchOverHttp } = await import("./http/http.ts").catch(partMissing);
    signal.throwIfAborted();
    return fetchOverHttp(request, signal);
  },
  loadCertificate: (x509) => loadCertificate(x509, nodeClock.now()),
  reportUnhandled: printUnhandled,
  edge: edgeEnvironment,
};

/** Node, with the lean engine as the default. */
export const nodePlatform: Platform = {
  runtime: nodeRuntime,
  engine: leanEngine,
  loadReceivers: () => createReceivers,
};
