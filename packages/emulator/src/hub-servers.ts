import { createEmulator, type Emulator } from "./api/emulator.ts";
import type { HubOptions } from "./api/hubs.ts";
import type { MadeCertificate } from "./certificates/node/certificate-maker.ts";
import { deviceCertificates } from "./certificates/node/device-certificates.ts";
import { parseCertificate } from "./certificates/node/node-certificate.ts";
import { createControlApi } from "./control/control-api.ts";
import { logLine } from "./event-log.ts";
import { checkedFaults } from "./faults/checked-faults.ts";
import { HubError } from "./hub/hub-error.ts";
import { HubServer, type HubServerOptions } from "./hub-server.ts";
import { type ResolvedOptions, resolveOptions } from "./options.ts";
import { LinkedHubs } from "./provisioning/linked-hubs.ts";
import { Provisioning } from "./provisioning/provisioning.ts";
import type { Store } from "./store/store.ts";

/** The hubs of one emulator, and the provisioning service that they share. */
export class HubServers {
  readonly #options: ResolvedOptions;
  readonly #authority: MadeCertificate;
  readonly #store: Store;
  readonly #hubs = new LinkedHubs();
  readonly #emulators = new Map<string, Emulator>();
  readonly #opening = new Set<string>();
  #home: HubServer | undefined;
  #provisioning: Provisioning | undefined;
  #closing = false;

  /**
   * @param options - of the first hub; they are the defaults of the others
   * @param store - has a scope for each hub and one for the provisioning service
   */
  constructor(options: ResolvedOptions, authority: MadeCertificate, store: Store) {
    this.#options = options;
    this.#authority = authority;
    this.#store = store;
  }

  /** Opens a hub. The first one is the home of the provisioning service. */
  async open(options: Omit<HubServerOptions, "store">): Promise<Emulator> {
    const server = await HubServer.open(
      { ...options, store: this.#store.scope("hubs").scope(options.name) },
      this.#authority,
      (opened) => this.#provisioningFor(opened),
    );
    const { logger } = options;
    if (logger !== undefined) server.hub.events.on((event) => logger(logLine(event)));
    if (server !== this.#home) this.#hubs.add(server);
    const emulator = this.#emulatorOf(server, options);
    this.#emulators.set(server.name, emulator);
    server.control = createControlApi(emulator, server.access);
    return emulator;
  }

  async #create(name: string, options: HubOptions): Promise<Emulator> {
    if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,49}$/.test(name)) {
      throw new HubError(
        "ArgumentInvalid",
        `The name of a hub must be 1 to 50 letters, digits and -, got '${name}'.`,
      );
    }
    if (this.#hubs.find(name) !== undefined || this.#opening.has(name)) {
      throw new HubError("ArgumentInvalid", `A hub named '${name}' already exists.`);
    }
    const { host: homeHost, hostName: homeName } = this.#options;
    const { host = homeHost, hostName = host === homeHost ? homeName : host } = options;
    const { port = 0, plainPort = 0, officialPorts = false } = options;
    const resolved = resolveOptions({ ...this.#options, host, hostName, port, plainPort, officialPorts });
    this.#opening.add(name);
    try {
      return await this.open({ ...resolved, name, names: [hostName, host, name] });
    } finally {
      this.#opening.delete(name);
    }
  }

  // Uses the clock of the first hub, which `skewClock` can set.
  #provisioningFor(server: HubServer): Provisioning {
    if (this.#provisioning !== undefined) return this.#provisioning;
    this.#home = server;
    this.#hubs.add(server);
    const { idScope, sasClockSkewSeconds, provisioningRetryAfterSeconds } = this.#options;
    this.#provisioning = new Provisioning({
      hubs: this.#hubs,
      clock: server.clock,
      store: this.#store.scope("provisioning"),
      idScope,
      sasClockSkewSeconds,
      retryAfterSeconds: provisioningRetryAfterSeconds,
      interceptor: (registrationId) => server.faults.onRegister(registrationId),
      parseCertificate,
      issueCertificate: deviceCertificates(this.#authority, () => server.clock.now()),
    });
    return this.#provisioning;
  }

  #emulatorOf(server: HubServer, { host, hostName, officialPorts }: ResolvedOptions): Emulator {
    const { port, plainPort } = server.ports;
    const urlHost = host.includes(":") ? `[${host}]` : host;
    return createEmulator({
      hub: server.hub,
      hostName,
      connectionHost: server.host(),
      plainHost: server.plainHost(),
      officialPorts,
      ca: this.#authority.cert,
      endpoints: {
        host,
        port,
        plainPort,
        provisioning: { host, port, plainPort },
        controlUrl: `http://${urlHost}:${plainPort}/control`,
      },
      controlToken: server.access.token,
      faults: checkedFaults(server.faults),
      provisioning: this.#provisioningFor(server),
      blobs: server.blobs,
      workloads: server.workloads,
      kick: (identity) => server.kick(identity),
      createHub: (name, options) => this.#create(name, options),
      hubs: () => this.#emulators,
      close: () => (server === this.#home ? this.#closeAll(server) : this.#close(server)),
    });
  }

  // A hub that is closed alone is gone for good; its name may be used again.
  async #close(server: HubServer): Promise<void> {
    if (!this.#closing) this.#store.scope("hubs").deleteScope(server.name);
    this.#hubs.remove(server.name);
    this.#emulators.delete(server.name);
    await server.close();
  }

  async #closeAll(home: HubServer): Promise<void> {
    this.#closing = true;
    const others = [...this.#emulators].filter(([name]) => name !== home.name);
    await Promise.all(others.map(([, emulator]) => emulator.close()));
    await home.close();
  }
}
