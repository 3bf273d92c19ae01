import { createEmulator, type Emulator } from "../api/emulator.ts";
import type { MadeCertificate } from "../certificates/node/certificate-maker.ts";
import { deviceCertificates } from "../certificates/node/device-certificates.ts";
import { parseCertificate } from "../certificates/node/node-certificate.ts";
import { trustedWith } from "../certificates/node/server-certificate.ts";
import { plainControlUrl } from "../config/control-url.ts";
import { checkHubName, hubExists } from "../config/hub-name.ts";
import type { HubOptions } from "../config/options.ts";
import { optionsOfOther, type ResolvedOptions } from "../config/resolve-options.ts";
import { seedHub, seedProvisioning } from "../config/seed.ts";
import type { HubState } from "../config/state.ts";
import { wellKnownKey } from "../config/well-known-keys.ts";
import { createControlApi } from "../control/control-api.ts";
import { checkedFaults } from "../faults/checked-faults.ts";
import { nameIn } from "../hub/host-names.ts";
import { type KeyMaker, newKey } from "../hub/identities/authentication.ts";
import { Joining } from "../joining/joining.ts";
import { logLine } from "../log/event-log.ts";
import { LinkedHubs } from "../provisioning/linked-hubs.ts";
import { Provisioning } from "../provisioning/provisioning.ts";
import type { Store, StoreContents } from "../store/store.ts";
import { stateOf } from "./emulator-state.ts";
import { EmulatorStore, type OpenStore } from "./emulator-store.ts";
import { HubServer } from "./hub-server.ts";
import type { HubServerOptions } from "./hub-server-options.ts";
import { restoring } from "./restoring.ts";
import { serverCrypto } from "./server-crypto.ts";

/** The hubs of one emulator, and the provisioning service that they share. */
export class HubServers {
  readonly #options: ResolvedOptions;
  readonly #authority: MadeCertificate;
  #ca: string;
  readonly #store: EmulatorStore;
  readonly #makeKey: KeyMaker;
  readonly #hubs = new LinkedHubs();
  readonly #emulators = new Map<string, Emulator>();
  readonly #servers = new Map<string, HubServer>();
  readonly #opening = new Set<string>();
  readonly #joining: Joining;
  #home: HubServer | undefined;
  #provisioning: Provisioning | undefined;
  #closing = false;
  /** Whether every hub has its seed and has opened. */
  #isReady = false;

  /**
   * @param options - of the first hub; they are the defaults of the others
   * @param authority - signs the certificates of servers, and of devices that ask for one
   * @param storage - holds the state: a scope for each hub and one for the provisioning service
   */
  constructor(options: ResolvedOptions, authority: MadeCertificate, storage: OpenStore) {
    this.#options = options;
    this.#authority = authority;
    this.#ca =
      options.certificate === undefined
        ? authority.cert
        : trustedWith(options.certificate, options.authority);
    this.#store = new EmulatorStore(storage);
    this.#joining = new Joining({ options, linked: this.#hubs, table: this.#store.joined });
    this.#makeKey = options.wellKnownKeys ? wellKnownKey : newKey;
  }

  /**
   * Opens the first hub, which is the home of the provisioning service, and the others of the seed. Nothing listens before
   * the whole seed is known to be valid.
   *
   * @throws {TypeError} with the path of the invalid member of the seed
   * @throws {Error} with `code` if a port can't be bound
   */
  async start(): Promise<Emulator> {
    const { hostName, host, seed = {} } = this.#options;
    this.#store.seedPolicies(seed, this.#makeKey);
    const ofHome = { ...this.#options, name: hostName, names: [hostName, host] };
    const home = await this.#prepare(ofHome, this.#store.home);
    const others: HubServer[] = [];
    const described = seed.hubs ?? [];
    const kept = Array.from(this.#store.others.entries(), ([name, options]) => ({ name, ...options }));
    const added = kept.filter(({ name }) => !described.some((each) => each.name === name));
    for (const { name, ...options } of [...described, ...added]) {
      others.push(await this.#prepareOther(name, options));
    }
    const useCertificate = this.#useCertificate.bind(this);
    await this.#joining.prepare({ home, authority: this.#authority, ca: this.#ca, useCertificate });
    seedHub(home.hub, seed);
    seedProvisioning(this.#provisioningFor(home), seed, this.#hubs);
    const emulator = await this.#open(home);
    try {
      for (const other of others) await this.#open(other);
    } catch (error) {
      await emulator.close();
      throw error;
    }
    this.#store.keepInitial();
    try {
      await this.#joining.start();
    } catch (error) {
      await emulator.close();
      throw error;
    }
    this.#isReady = true;
    return emulator;
  }

  #useCertificate(certificate: MadeCertificate, ca: string): void {
    this.#ca = ca;
    for (const server of this.#servers.values()) server.useCertificate(certificate, ca);
    for (const emulator of this.#emulators.values()) Object.assign(emulator, { ca });
  }

  /** Replaces the state of every hub. The hubs keep their ports, and the listeners of their events. */
  async #replace(contents: StoreContents, seed: HubState = {}): Promise<void> {
    const wanted = new Set((contents.tables.get("hubs") ?? []).map(([name]) => name));
    for (const { name } of [...(this.#options.seed?.hubs ?? []), ...(seed.hubs ?? [])]) wanted.add(name);
    for (const [name, emulator] of [...this.#emulators]) {
      if (name !== this.#home?.name && !wanted.has(name)) await emulator.close();
    }
    this.#store.load(contents);
    this.#restart(seed);
    const described = (seed.hubs ?? []).map(({ name, ...options }) => [name, options] as const);
    for (const [name, options] of [...this.#store.others.entries(), ...described]) {
      if (!this.#servers.has(name)) await this.#create(name, options);
    }
  }

  #restart(seed: HubState): void {
    const home = this.#home;
    if (home === undefined) return;
    this.#store.seedPolicies(seed, this.#makeKey);
    const provisioning = restoring(undefined, () => this.#newProvisioning(home));
    this.#provisioning = provisioning;
    for (const [name, server] of this.#servers) {
      const store = server === home ? this.#store.home : this.#store.other(name);
      restoring(undefined, () => server.restart(store, provisioning));
    }
    for (const [name, emulator] of this.#emulators) {
      const server = this.#servers.get(name);
      if (server === undefined) continue;
      Object.assign(emulator, this.#emulatorOf(server));
      this.#serveControl(server, emulator);
    }
    seedHub(home.hub, seed);
    seedProvisioning(provisioning, seed, this.#hubs);
  }

  /** Creates a hub that other hubs and the provisioning service know, but that doesn't listen. */
  async #prepare(
    { names, ...options }: Omit<HubServerOptions, "store" | "makeKey">,
    store: Store,
  ): Promise<HubServer> {
    const { advertise, san } = options;
    const all = [...names, ...san, ...(advertise === undefined ? [] : [advertise])].map(nameIn);
    const server = await HubServer.create(
      {
        ...options,
        names: [...new Set(all)],
        store,
        makeKey: this.#makeKey,
        barrier: this.#store.barrier,
        preferredPorts: this.#store.ports.get(options.name),
      },
      this.#authority,
      this.#ca,
      (created) => this.#provisioningFor(created),
    );
    const { logger } = options;
    if (logger !== undefined) server.hub.events.on((event) => logger(logLine(event), event));
    if (server !== this.#home) this.#hubs.add(server);
    return server;
  }

  async #prepareOther(name: string, options: HubOptions): Promise<HubServer> {
    checkHubName(name);
    if (this.#hubs.find(name) !== undefined || this.#opening.has(name)) throw hubExists(name);
    const resolved = optionsOfOther(options, this.#options);
    const { host, hostName } = resolved;
    this.#opening.add(name);
    try {
      return await this.#prepare(
        { ...resolved, name, names: [hostName, host, name] },
        this.#store.other(name),
      );
    } finally {
      this.#opening.delete(name);
    }
  }

  async #create(name: string, options: HubOptions): Promise<Emulator> {
    const emulator = await this.#open(await this.#prepareOther(name, options));
    this.#store.others.set(name, options);
    return emulator;
  }

  async #open(server: HubServer): Promise<Emulator> {
    try {
      await server.listen();
    } catch (error) {
      this.#hubs.remove(server.name);
      throw error;
    }
    this.#store.ports.set(server.name, { port: server.ports.port, plainPort: server.ports.plainPort });
    const emulator = this.#emulatorOf(server);
    this.#emulators.set(server.name, emulator);
    this.#servers.set(server.name, server);
    this.#serveControl(server, emulator);
    return emulator;
  }

  #serveControl(server: HubServer, emulator: Emulator): void {
    server.control = createControlApi(emulator, {
      access: server.access,
      status: {
        name: server.name,
        hub: server.hub,
        isReady: () => this.#isReady && this.#joining.isComplete && server.ports.acceptsDevices,
      },
      joining: this.#joining.methodsOf(server),
      telemetry: server.hub.telemetry,
      state: this.#store,
    });
  }

  // Uses the clock of the first hub, which `skewClock` can set.
  #provisioningFor(server: HubServer): Provisioning {
    if (this.#provisioning !== undefined) return this.#provisioning;
    this.#home = server;
    this.#hubs.add(server);
    this.#provisioning = this.#newProvisioning(server);
    return this.#provisioning;
  }

  #newProvisioning(server: HubServer): Provisioning {
    const { idScope, sasClockSkewSeconds, provisioningRetryAfterSeconds } = this.#options;
    return new Provisioning({
      hubs: this.#hubs,
      clock: server.clock,
      store: this.#store.provisioning,
      makeKey: this.#makeKey,
      idScope,
      sasClockSkewSeconds,
      crypto: serverCrypto,
      retryAfterSeconds: provisioningRetryAfterSeconds,
      interceptor: (registrationId) => server.faults.onRegister(registrationId),
      parseCertificate,
      issueCertificate: deviceCertificates(this.#authority, () => server.clock.now()),
      events: () => server.hub.events,
    });
  }

  #emulatorOf(server: HubServer): Emulator {
    const { port, plainPort } = server.ports;
    const { host, hostName, officialPorts } = server.address;
    return createEmulator({
      hub: server.hub,
      hostName,
      connectionHost: server.host(),
      plainHost: server.plainHost(),
      officialPorts,
      ca: this.#ca,
      endpoints: {
        host,
        port,
        plainPort,
        provisioning: { host, port, plainPort },
        controlUrl: plainControlUrl(host, plainPort),
      },
      controlToken: server.access.token,
      faults: checkedFaults(server.faults),
      provisioning: this.#provisioningFor(server),
      blobs: server.blobs,
      workloads: server.workloads,
      kick: (identity) => server.kick(identity),
      createHub: (name, options) => this.#create(name, options),
      hubs: () => this.#emulators,
      state: stateOf(this.#store, (contents, seed) => this.#replace(contents, seed)),
      joinedHubs: () => this.#joining.list(),
      close: () => (server === this.#home ? this.#closeAll(server) : this.#close(server)),
    });
  }

  // A hub that is closed alone is gone for good; its name may be used again.
  async #close(server: HubServer): Promise<void> {
    if (!this.#closing) {
      this.#store.deleteOther(server.name);
    }
    this.#hubs.remove(server.name);
    this.#emulators.delete(server.name);
    this.#servers.delete(server.name);
    await server.close();
  }

  async #closeAll(home: HubServer): Promise<void> {
    this.#closing = true;
    await this.#joining.close();
    const others = [...this.#emulators].filter(([name]) => name !== home.name);
    await Promise.all(others.map(([, emulator]) => emulator.close()));
    await home.close();
    await this.#store.close();
  }
}
