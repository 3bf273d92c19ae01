import { makeServerCertificates } from "./certs.ts";
import { type ControlApi, createControlApi } from "./control/control-api.ts";
import { describeEvent } from "./describe.ts";
import { createDeviceApi } from "./device-api/device-api.ts";
import type { Emulator } from "./emulator-api.ts";
import { FaultBook } from "./faults.ts";
import { SkewedClock } from "./hub/clock.ts";
import { HostNames } from "./hub/host-names.ts";
import { Hub } from "./hub/hub.ts";
import { Broker } from "./listeners/broker.ts";
import { parseCertificate } from "./listeners/node-certificate.ts";
import { Ports } from "./listeners/ports.ts";
import { createProvisioningApi } from "./listeners/provisioning-api.ts";
import { createProvisioningServiceApi } from "./listeners/provisioning-service-api.ts";
import { Registrations } from "./listeners/registrations.ts";
import { createWebServer } from "./listeners/web.ts";
import { LocalEmulator } from "./local-emulator.ts";
import { type EmulatorOptions, resolveOptions } from "./options.ts";
import { Provisioning } from "./provisioning/provisioning.ts";
import { isBlobRequest, proxyBlob } from "./storage/blob-proxy.ts";
import { BlobStore } from "./storage/blob-store.ts";
import { Workloads } from "./workload/workloads.ts";

/**
 * Starts a local IoT hub. Everything has a default: ports are free ones, the certificate authority is made now, nothing
 * is written to disk. Any number of them may run in one process.
 *
 * @example
 * ```ts
 * await using hub = await startEmulator();
 * const { connectionString } = await hub.createDevice("thermostat");
 * ```
 * @throws {TypeError} for an unknown option, {RangeError} for a number out of range
 * @throws {Error} with `code` `EACCES`, `EADDRINUSE` or `EADDRNOTAVAIL` when a port cannot be had
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const resolved = resolveOptions(options);
  const { hostName, host, officialPorts } = resolved;
  const names = [hostName, host, "localhost", "127.0.0.1", "::1", "127.0.0.2"];
  const certificates = await makeServerCertificates(names);
  const clock = new SkewedClock(resolved.clock);

  const faults = new FaultBook({
    blackHole: (key) => broker.withLink(key, (link) => link.stream.blackHole()),
    cut: (key, how) => broker.withLink(key, (link) => link.cut(how)),
    send: (key, topic, payload) => broker.withLink(key, (link) => link.send(topic, payload)),
    skewClock: (ms) => {
      clock.skewMs = ms;
      hub.checkExpiry();
    },
    stopListening: () => ports.stop(() => broker.endAll("rst")),
    listenAgain: () => ports.resume(),
  });
  const hostNames = new HostNames(names);
  const hub = new Hub({
    hostNames,
    clock,
    sasClockSkewSeconds: resolved.sasClockSkewSeconds,
    lockSeconds: resolved.c2dLockSeconds,
    maxDeliveryCount: resolved.c2dMaxDeliveryCount,
    telemetryLimit: resolved.telemetryLimit,
    twinInterceptor: (session, operation) => faults.onTwin(session, operation),
  });
  const { logger } = resolved;
  if (logger !== undefined) hub.events.on((event) => logger(describeEvent(event)));
  const provisioning = new Provisioning({
    hub,
    clock,
    idScope: resolved.idScope,
    sasClockSkewSeconds: resolved.sasClockSkewSeconds,
    retryAfterSeconds: resolved.provisioningRetryAfterSeconds,
    interceptor: (registrationId) => faults.onRegister(registrationId),
    isHub: (name) => hostNames.has(name),
    parseCertificate,
    hostOf: (name = hostName) => (officialPorts || /:\d+$/.test(name) ? name : `${name}:${ports.port}`),
  });
  const broker = new Broker(hub, clock, faults, new Registrations(hub, provisioning, hostNames));
  const provisioningApi = createProvisioningApi(hub, provisioning);
  const provisioningServiceApi = createProvisioningServiceApi({
    service: provisioning,
    hostNames,
    now: () => clock.now(),
    parseCertificate,
  });
  const store = new BlobStore(resolved.blobStorage);
  const connectionHost = (): string => (officialPorts ? hostName : `${hostName}:${ports.port}`);
  const deviceApi = createDeviceApi({
    hub,
    store,
    blobHost: connectionHost,
    acceptsDevices: () => ports.acceptsDevices,
  });
  const workloads = new Workloads({ hub, ca: certificates.ca, hostName, gatewayHost: connectionHost });
  // A port is open a moment before everything behind it is.
  let control: ControlApi = () => new Response(null, { status: 503 });
  const web = createWebServer({
    fetch: (request, certificates) =>
      provisioningApi(request, certificates) ??
      provisioningServiceApi(request) ??
      deviceApi(request, certificates) ??
      control(request),
    takeRaw(request, response) {
      if (!isBlobRequest(request)) return false;
      proxyBlob(store, request, response);
      return true;
    },
    onDevice: (wire) => broker.accept(wire),
    acceptsDevices: () => ports.acceptsDevices,
  });
  const ports = new Ports(resolved, certificates, { http: web, onDevice: (wire) => broker.accept(wire) });

  await broker.open();
  try {
    await store.open();
    await ports.open();
  } catch (error) {
    await Promise.all([broker.close(), store.close()]);
    throw error;
  }
  const authority = host.includes(":") ? `[${host}]` : host;
  const emulator = new LocalEmulator({
    hub,
    hostName,
    connectionHost: connectionHost(),
    ca: certificates.ca,
    endpoints: {
      host,
      port: ports.port,
      plainPort: ports.plainPort,
      provisioning: { host, port: ports.port, plainPort: ports.plainPort },
      controlUrl: `http://${authority}:${ports.plainPort}/control`,
    },
    faults,
    provisioning,
    store,
    workloads,
    kick: (key) => broker.withLink(key, (link) => link.cut("fin", "kicked")),
    async close() {
      hub.close();
      await Promise.all([broker.close(), ports.close(), store.close(), workloads.close()]);
    },
  });
  control = createControlApi(emulator);
  return emulator;
}
