import { isIP } from "node:net";
import { join } from "node:path";
import { isBlobRequest, proxyBlob } from "../blobs/blob-proxy.ts";
import { BlobStorage } from "../blobs/blob-storage.ts";
import type { MadeCertificate } from "../certificates/node/certificate-maker.ts";
import { makeServerCertificates, type ServerCertificates } from "../certificates/node/server-certificate.ts";
import { serveConsole } from "../console/console-files.ts";
import { ControlAccess } from "../control/access.ts";
import type { ControlApi } from "../control/control-api.ts";
import { healthOf } from "../control/status-routes.ts";
import { FaultRules } from "../faults/fault-rules.ts";
import { SkewedClock } from "../hub/clock.ts";
import type { EventFeed } from "../hub/events/event-feed.ts";
import { HostNames, hasPort } from "../hub/host-names.ts";
import type { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";
import { Ports } from "../listeners/ports.ts";
import { createWebServer } from "../listeners/web.ts";
import type { HubDevices } from "../provisioning/hub-devices.ts";
import type { LinkedHub } from "../provisioning/linked-hubs.ts";
import type { Provisioning } from "../provisioning/provisioning.ts";
import type { Store } from "../store/store.ts";
import type { Workloads } from "../workload/workloads.ts";
import { HubCore } from "./hub-core.ts";
import type { HubServerOptions } from "./hub-server-options.ts";
import { restoring } from "./restoring.ts";

/** Names of this machine. Every hub has them in its TLS certificate, because it may be reached as a gateway. */
export const loopback = ["localhost", "127.0.0.1", "::1", "127.0.0.2"] as const;

/** Returns the folder that keeps the blobs of a hub, if there is one. */
function blobFolderOf({ data, name }: HubServerOptions): string | undefined {
  return data === undefined ? undefined : join(data, "blobs", name);
}

/** One hub with its ports, the servers on them, its faults and its blob storage. */
export class HubServer implements LinkedHub {
  readonly name: string;
  readonly isAvailable = true;
  readonly clock: SkewedClock;
  readonly faults: FaultRules;
  readonly blobs: BlobStorage;
  readonly ports: Ports;
  /** The control API. It is set only after the ports have opened. */
  control: ControlApi = () => healthOf(false);
  /** The rules for who may use the control API. */
  readonly access: ControlAccess;
  readonly #options: HubServerOptions;
  readonly #hostNames: HostNames;
  #ca: string;
  #core: HubCore;

  private constructor(
    options: HubServerOptions,
    ca: string,
    certificates: Awaited<ReturnType<typeof makeServerCertificates>>,
    provisioningFor: (server: HubServer) => Provisioning,
  ) {
    this.#options = options;
    this.#ca = ca;
    this.name = options.name;
    this.clock = new SkewedClock(options.clock);
    this.faults = new FaultRules({
      blackHole: (key) => this.#core.withConnection(key, (connection) => connection.blackHole()),
      cut: (key, how) => this.#core.withConnection(key, (connection) => connection.cut(how)),
      send: (key, topic, payload) => this.#sendRaw(key, topic, payload),
      skewClock: (ms) => {
        this.clock.skewMs = ms;
        this.hub.checkExpiry();
        this.#core.amqp.checkExpiry();
      },
      stopListening: () =>
        this.ports.stop(() => {
          this.#core.mqtt.endAll("rst");
          this.#core.amqp.endAll("rst");
        }),
      listenAgain: () => this.ports.resume(),
    });
    this.#hostNames = new HostNames(options.names);
    this.access = new ControlAccess({
      isOwnName: (name) => this.#hostNames.has(name),
      allowedOrigins: options.allowedOrigins,
      token: options.controlToken,
    });
    this.blobs = new BlobStorage(options.blobStorage, undefined, blobFolderOf(options));
    this.#core = this.#newCore(options.store, provisioningFor(this));
    this.ports = new Ports(options, certificates, {
      http: this.#createWeb(),
      barrier: options.barrier,
      onDevice: (wire) => this.#core.mqtt.accept(wire),
      onAmqp: (wire) => this.#core.amqp.accept(wire),
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
    ca: string,
    provisioningFor: (server: HubServer) => Provisioning,
  ): Promise<HubServer> {
    const names = [...options.names, ...loopback];
    const certificates = options.certificate ?? (await makeServerCertificates(authority, names, options));
    return restoring(options.data, () => new HubServer(options, ca, certificates, provisioningFor));
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

  get hub(): Hub {
    return this.#core.hub;
  }

  get devices(): HubDevices {
    return this.#core.devices;
  }

  get workloads(): Workloads {
    return this.#core.workloads;
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
      this.#core.mqtt.withConnection(key, (connection) => connection.cut("fin", "kicked")) ||
      this.#core.amqp.endDevice(key, "kicked")
    );
  }

  /**
   * Ends all connections, and goes on with another state on the same ports. Fault rules end.
   *
   * @param store - holds the state
   */
  restart(store: Store, provisioning: Provisioning): void {
    const { hub } = this.#core;
    void this.#core.end();
    this.faults.clear();
    this.#core = this.#newCore(store, provisioning, hub.events);
  }

  /** Uses another certificate. @param ca - PEM of the authority that clients must trust */
  useCertificate(certificates: ServerCertificates, ca: string): void {
    this.#ca = ca;
    this.ports.useCertificate(certificates);
  }

  /** Closes all connections and ports. */
  async close(): Promise<void> {
    const ended = this.#core.end();
    this.hub.events.close();
    await Promise.all([ended, this.ports.close(), this.blobs.close()]);
  }

  #newCore(store: Store, provisioning: Provisioning, events?: EventFeed): HubCore {
    return new HubCore({
      options: { ...this.#options, store },
      clock: this.clock,
      faults: this.faults,
      hostNames: this.#hostNames,
      eventHub: this.eventHub,
      ca: () => this.#ca,
      provisioning,
      blobs: this.blobs,
      amqpEndpoint: () => this.#amqpEndpoint(),
      host: () => this.host(),
      acceptsDevices: () => this.ports.acceptsDevices,
      events,
    });
  }

  #sendRaw(key: string, topic: string, payload: Uint8Array): boolean {
    const { mqtt, amqp } = this.#core;
    if (mqtt.withConnection(key, (connection) => connection.send(topic, payload))) return true;
    if (!amqp.carries(key)) return false;
    throw new HubError("NotEmulated", `publishRaw sends MQTT packets, but '${key}' is connected over AMQP.`);
  }

  #createWeb(): ReturnType<typeof createWebServer> {
    const { blobs } = this;
    return createWebServer({
      fetch: (request, certificates) =>
        this.#core.respond(request, certificates) ?? serveConsole(request) ?? this.control(request),
      streamRaw(request, response) {
        if (!isBlobRequest(request)) return false;
        proxyBlob(blobs, request, response);
        return true;
      },
      onDevice: (wire) => this.#core.mqtt.accept(wire),
      onAmqp: (wire) => this.#core.amqp.accept(wire),
      onIgnored: (detail) => this.hub.events.emit("warning", { deviceId: "" }, { about: "upgrade", detail }),
      now: () => this.clock.now(),
      acceptsDevices: () => this.ports.acceptsDevices,
      allowsOrigin: (origin) => this.access.allowsOrigin(origin),
    });
  }
}
