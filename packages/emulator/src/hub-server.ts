import { isBlobRequest, proxyBlob } from "./blobs/blob-proxy.ts";
import { BlobStorage } from "./blobs/blob-storage.ts";
import type { MadeCertificate } from "./certificates/node/certificate-maker.ts";
import { parseCertificate } from "./certificates/node/node-certificate.ts";
import { makeServerCertificates } from "./certificates/node/server-certificate.ts";
import type { ControlApi } from "./control/control-api.ts";
import { FaultRules } from "./faults/faults.ts";
import { createDeviceApi } from "./http/device-api.ts";
import { createProvisioningApi } from "./http/provisioning-api.ts";
import { createProvisioningServiceApi } from "./http/provisioning-service-api.ts";
import { SkewedClock } from "./hub/clock.ts";
import { HostNames } from "./hub/host-names.ts";
import { Hub } from "./hub/hub.ts";
import { Ports } from "./listeners/ports.ts";
import { createWebServer } from "./listeners/web.ts";
import { Broker } from "./mqtt/broker.ts";
import { Registrations } from "./mqtt/registrations.ts";
import type { ResolvedOptions } from "./options.ts";
import type { LinkedHub } from "./provisioning/linked-hubs.ts";
import type { Provisioning } from "./provisioning/provisioning.ts";
import { Workloads } from "./workload/workloads.ts";

/** What a hub of an emulator is made with. */
export interface HubServerOptions extends ResolvedOptions {
  /** What enrollments call it. */
  readonly name: string;
  /** What it answers to. */
  readonly names: readonly string[];
}

/** Names of this machine, which a hub answers TLS under whatever it is called: it may be reached as a gateway. */
export const loopback = ["localhost", "127.0.0.1", "::1", "127.0.0.2"] as const;

/** One hub with everything around it: its ports, what listens there, its faults, its storage. */
export class HubServer implements LinkedHub {
  readonly name: string;
  readonly hub: Hub;
  readonly clock: SkewedClock;
  readonly faults: FaultRules;
  readonly blobs: BlobStorage;
  readonly workloads: Workloads;
  readonly ports: Ports;
  /** Answers requests of the control API. A port is open a moment before there is one. */
  control: ControlApi = () => new Response(null, { status: 503 });
  readonly #options: HubServerOptions;
  readonly #hostNames: HostNames;
  readonly #broker: Broker;

  private constructor(
    options: HubServerOptions,
    authority: MadeCertificate,
    certificates: Awaited<ReturnType<typeof makeServerCertificates>>,
    serviceFor: (server: HubServer) => Provisioning,
  ) {
    this.#options = options;
    this.name = options.name;
    this.clock = new SkewedClock(options.clock);
    this.faults = new FaultRules({
      blackHole: (key) => this.#broker.withLink(key, (link) => link.stream.blackHole()),
      cut: (key, how) => this.#broker.withLink(key, (link) => link.cut(how)),
      send: (key, topic, payload) => this.#broker.withLink(key, (link) => link.send(topic, payload)),
      skewClock: (ms) => {
        this.clock.skewMs = ms;
        this.hub.checkExpiry();
      },
      stopListening: () => this.ports.stop(() => this.#broker.endAll("rst")),
      listenAgain: () => this.ports.resume(),
    });
    this.#hostNames = new HostNames(options.names);
    this.hub = new Hub({
      hostNames: this.#hostNames,
      clock: this.clock,
      sasClockSkewSeconds: options.sasClockSkewSeconds,
      lockSeconds: options.c2dLockSeconds,
      maxDeliveryCount: options.c2dMaxDeliveryCount,
      telemetryLimit: options.telemetryLimit,
      twinInterceptor: (session, operation) => this.faults.onTwin(session, operation),
    });
    const service = serviceFor(this);
    const { hub, clock, faults } = this;
    this.#broker = new Broker(hub, clock, faults, new Registrations(hub, service, this.#hostNames));
    this.blobs = new BlobStorage(options.blobStorage);
    this.workloads = new Workloads({
      hub,
      ca: authority.cert,
      hostName: options.hostName,
      gatewayHost: () => this.host(),
    });
    const web = this.#createWeb(service);
    this.ports = new Ports(options, certificates, {
      http: web,
      onDevice: (wire) => this.#broker.accept(wire),
    });
  }

  /** Opens the ports. @param serviceFor - the provisioning service, for its hubs */
  static async open(
    options: HubServerOptions,
    authority: MadeCertificate,
    serviceFor: (server: HubServer) => Provisioning,
  ): Promise<HubServer> {
    const certificates = await makeServerCertificates(authority, [...options.names, ...loopback]);
    const server = new HubServer(options, authority, certificates, serviceFor);
    await server.#broker.open();
    try {
      await server.blobs.open();
      await server.ports.open();
    } catch (error) {
      await Promise.all([server.#broker.close(), server.blobs.close()]);
      throw error;
    }
    return server;
  }

  host(): string {
    const { officialPorts, hostName } = this.#options;
    return officialPorts ? hostName : `${hostName}:${this.ports.port}`;
  }

  plainHost(): string {
    return `ws://${this.#options.hostName}:${this.ports.plainPort}`;
  }

  isCalled(hostName: string): boolean {
    return this.#hostNames.has(hostName);
  }

  /** Closes the connection of an identity without a word. False when it has none. */
  kick(key: string): boolean {
    return this.#broker.withLink(key, (link) => link.cut("fin", "kicked"));
  }

  /** Ends all connections and closes all ports. */
  async close(): Promise<void> {
    this.hub.close();
    await Promise.all([this.#broker.close(), this.ports.close(), this.blobs.close(), this.workloads.close()]);
  }

  #createWeb(service: Provisioning): ReturnType<typeof createWebServer> {
    const { hub, blobs } = this;
    const acceptsDevices = (): boolean => this.ports.acceptsDevices;
    const provisioningApi = createProvisioningApi(hub, service);
    const provisioningServiceApi = createProvisioningServiceApi({
      service,
      hostNames: this.#hostNames,
      now: () => this.clock.now(),
      parseCertificate,
    });
    const deviceApi = createDeviceApi({ hub, blobs, blobHost: () => this.host(), acceptsDevices });
    return createWebServer({
      fetch: (request, certificates) =>
        provisioningApi(request, certificates) ??
        provisioningServiceApi(request) ??
        deviceApi(request, certificates) ??
        this.control(request),
      takeRaw(request, response) {
        if (!isBlobRequest(request)) return false;
        proxyBlob(blobs, request, response);
        return true;
      },
      onDevice: (wire) => this.#broker.accept(wire),
      acceptsDevices,
    });
  }
}
