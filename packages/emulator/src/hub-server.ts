import { isIP } from "node:net";
import { AmqpServer } from "./amqp/amqp-server.ts";
import { EventReaders } from "./amqp/event-readers.ts";
import { isBlobRequest, proxyBlob } from "./blobs/blob-proxy.ts";
import { BlobStorage } from "./blobs/blob-storage.ts";
import type { MadeCertificate } from "./certificates/node/certificate-maker.ts";
import { parseCertificate } from "./certificates/node/node-certificate.ts";
import { makeServerCertificates } from "./certificates/node/server-certificate.ts";
import { serveConsole } from "./console/console-files.ts";
import { ControlAccess } from "./control/access.ts";
import type { ControlApi } from "./control/control-api.ts";
import { healthOf } from "./control/status-routes.ts";
import { FaultRules } from "./faults/fault-rules.ts";
import { createDeviceApi } from "./http/device-api.ts";
import { createProvisioningApi } from "./http/provisioning-api.ts";
import { createProvisioningServiceApi } from "./http/provisioning-service-api.ts";
import type { KeyMaker } from "./hub/authentication.ts";
import { SkewedClock } from "./hub/clock.ts";
import { HostNames, hasPort } from "./hub/host-names.ts";
import { Hub } from "./hub/hub.ts";
import { Ports, type PortsOptions } from "./listeners/ports.ts";
import { createWebServer } from "./listeners/web.ts";
import type { WriteBarrier } from "./listeners/write-barrier.ts";
import { MqttServer } from "./mqtt/mqtt-server.ts";
import { Registrations } from "./mqtt/registrations.ts";
import type { LinkedHub } from "./provisioning/linked-hubs.ts";
import type { Provisioning } from "./provisioning/provisioning.ts";
import { conditionOf } from "./query/condition.ts";
import type { ResolvedOptions } from "./resolve-options.ts";
import { createServiceApi } from "./service/service-api.ts";
import type { Store } from "./store/store.ts";
import { Workloads } from "./workload/workloads.ts";

/** Options of one hub. */
export interface HubServerOptions extends ResolvedOptions {
  /** The name in enrollments. */
  readonly name: string;
  /** The host names that it accepts. */
  readonly names: readonly string[];
  /** Holds the state of the hub. */
  readonly store: Store;
  readonly makeKey: KeyMaker;
  readonly barrier?: WriteBarrier | undefined;
  readonly preferredPorts?: PortsOptions["preferredPorts"];
}

/** Names of this machine. Every hub has them in its TLS certificate, because it may be reached as a gateway. */
export const loopback = ["localhost", "127.0.0.1", "::1", "127.0.0.2"] as const;

/** One hub with its ports, the servers on them, its faults and its blob storage. */
export class HubServer implements LinkedHub {
  readonly name: string;
  readonly hub: Hub;
  readonly clock: SkewedClock;
  readonly faults: FaultRules;
  readonly blobs: BlobStorage;
  readonly workloads: Workloads;
  readonly ports: Ports;
  /** The control API. It is set only after the ports have opened. */
  control: ControlApi = () => healthOf(false);
  /** The rules for who may use the control API. */
  readonly access: ControlAccess;
  readonly #options: HubServerOptions;
  readonly #hostNames: HostNames;
  readonly #mqtt: MqttServer;
  readonly #amqp: AmqpServer;

  private constructor(
    options: HubServerOptions,
    authority: MadeCertificate,
    certificates: Awaited<ReturnType<typeof makeServerCertificates>>,
    provisioningFor: (server: HubServer) => Provisioning,
  ) {
    this.#options = options;
    this.name = options.name;
    this.clock = new SkewedClock(options.clock);
    this.faults = new FaultRules({
      blackHole: (key) => this.#mqtt.withConnection(key, (connection) => connection.blackHole()),
      cut: (key, how) => this.#mqtt.withConnection(key, (connection) => connection.cut(how)),
      send: (key, topic, payload) =>
        this.#mqtt.withConnection(key, (connection) => connection.send(topic, payload)),
      skewClock: (ms) => {
        this.clock.skewMs = ms;
        this.hub.checkExpiry();
        this.#amqp.checkExpiry();
      },
      stopListening: () =>
        this.ports.stop(() => {
          this.#mqtt.endAll("rst");
          this.#amqp.endAll("rst");
        }),
      listenAgain: () => this.ports.resume(),
    });
    this.#hostNames = new HostNames(options.names);
    this.access = new ControlAccess({
      isOwnName: (name) => this.#hostNames.has(name),
      allowedOrigins: options.allowedOrigins,
      token: options.controlToken,
    });
    this.hub = new Hub({
      hostNames: this.#hostNames,
      clock: this.clock,
      name: this.eventHub,
      store: options.store,
      sasClockSkewSeconds: options.sasClockSkewSeconds,
      requireApiVersion: options.requireApiVersion,
      tier: options.tier,
      lockSeconds: options.c2dLockSeconds,
      maxDeliveryCount: options.c2dMaxDeliveryCount,
      telemetryLimits: {
        messages: options.telemetryLimit,
        bytes: options.telemetryMaxBytes,
        bytesPerDevice: options.telemetryMaxBytesPerDevice,
      },
      twinInterceptor: (session, operation) => this.faults.onTwin(session, operation),
      makeKey: options.makeKey,
      parseCertificate,
      parseCondition: conditionOf,
    });
    const provisioning = provisioningFor(this);
    const { hub, clock, faults } = this;
    this.#mqtt = new MqttServer({
      hub,
      registrations: new Registrations(hub, provisioning, this.#hostNames),
      // Not the hub's clock: a skewed clock must not end connections before their keep-alive.
      clock: options.clock,
      faults,
      schedule: (run) => void setImmediate(run),
    });
    this.#amqp = new AmqpServer({
      hub,
      clock,
      readers: new EventReaders(),
      endpoint: () => this.#amqpEndpoint(),
    });
    this.blobs = new BlobStorage(options.blobStorage);
    this.workloads = new Workloads({
      hub,
      ca: authority.cert,
      hostName: options.hostName,
      gatewayHost: () => this.host(),
    });
    const web = this.#createWeb(provisioning);
    this.ports = new Ports(options, certificates, {
      http: web,
      barrier: options.barrier,
      onDevice: (wire) => this.#mqtt.accept(wire),
      onAmqp: (wire) => this.#amqp.accept(wire),
    });
  }

  /**
   * Creates a hub that doesn't listen yet.
   *
   * @param provisioningFor - returns the provisioning service
   */
  static async create(
    options: HubServerOptions,
    authority: MadeCertificate,
    provisioningFor: (server: HubServer) => Provisioning,
  ): Promise<HubServer> {
    const names = [...options.names, ...loopback];
    const certificates = options.certificate ?? (await makeServerCertificates(authority, names));
    return new HubServer(options, authority, certificates, provisioningFor);
  }

  /** Opens the ports. @throws {Error} with `code` if one can't be bound; the hub is closed then */
  async listen(): Promise<void> {
    try {
      await this.blobs.open();
      await this.ports.open();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** The name of the event hub that has the hub's events: its host name up to the first dot. */
  get eventHub(): string {
    const { hostName } = this.#options;
    return isIP(hostName) === 0 ? (hostName.split(".")[0] ?? hostName) : hostName;
  }

  /** The bound address, and the host name. */
  get address(): { readonly host: string; readonly hostName: string; readonly officialPorts: boolean } {
    return this.#options;
  }

  host(): string {
    const { officialPorts, hostName, advertise = hostName } = this.#options;
    return officialPorts || hasPort(advertise) ? advertise : `${advertise}:${this.ports.port}`;
  }

  #amqpEndpoint(): { hostName: string; port: number } {
    const { officialPorts, hostName, advertise = hostName } = this.#options;
    const [, name = advertise, port] = /^(.*):(\d+)$/.exec(hasPort(advertise) ? advertise : "") ?? [];
    return {
      hostName: name,
      port: port !== undefined ? Number(port) : officialPorts ? 5671 : this.ports.port,
    };
  }

  plainHost(): string {
    return `ws://${this.#options.hostName}:${this.ports.plainPort}`;
  }

  accepts(hostName: string): boolean {
    return this.#hostNames.has(hostName);
  }

  /** Drops the connection of a device or module without notifying it. Returns false if it isn't connected. */
  kick(key: string): boolean {
    return (
      this.#mqtt.withConnection(key, (connection) => connection.cut("fin", "kicked")) ||
      this.#amqp.endDevice(key, "kicked")
    );
  }

  /** Closes all connections and ports. */
  async close(): Promise<void> {
    this.hub.close();
    this.#amqp.close();
    this.#mqtt.close();
    await Promise.all([this.ports.close(), this.blobs.close(), this.workloads.close()]);
  }

  #createWeb(provisioning: Provisioning): ReturnType<typeof createWebServer> {
    const { hub, blobs } = this;
    const acceptsDevices = (): boolean => this.ports.acceptsDevices;
    const provisioningApi = createProvisioningApi(hub, provisioning);
    const provisioningServiceApi = createProvisioningServiceApi({
      provisioning,
      hostNames: this.#hostNames,
      now: () => this.clock.now(),
      parseCertificate,
    });
    const serviceApi = createServiceApi(hub, acceptsDevices);
    const deviceApi = createDeviceApi({ hub, blobs, blobHost: () => this.host(), acceptsDevices });
    return createWebServer({
      fetch: (request, certificates) =>
        provisioningApi(request, certificates) ??
        provisioningServiceApi(request) ??
        serviceApi(request) ??
        deviceApi(request, certificates) ??
        serveConsole(request) ??
        this.control(request),
      streamRaw(request, response) {
        if (!isBlobRequest(request)) return false;
        proxyBlob(blobs, request, response);
        return true;
      },
      onDevice: (wire) => this.#mqtt.accept(wire),
      onAmqp: (wire) => this.#amqp.accept(wire),
      onIgnored: (detail) => hub.events.emit("warning", { deviceId: "" }, { about: "upgrade", detail }),
      now: () => this.clock.now(),
      acceptsDevices,
      allowsOrigin: (origin) => this.access.allowsOrigin(origin),
    });
  }
}
