import { createEmulator, type Emulator } from "./api/emulator.ts";
import type { HubOptions } from "./api/hubs.ts";
import type { MadeCertificate } from "./certificates/node/certificate-maker.ts";
import { deviceCertificates } from "./certificates/node/device-certificates.ts";
import { parseCertificate } from "./certificates/node/node-certificate.ts";
import { seedHub, seedPolicies, seedProvisioning } from "./config/seed.ts";
import { wellKnownKey } from "./config/well-known-keys.ts";
import { createControlApi } from "./control/control-api.ts";
import { logLine } from "./event-log.ts";
import { checkedFaults } from "./faults/checked-faults.ts";
import { type KeyMaker, newKey } from "./hub/authentication.ts";
import { nameIn } from "./hub/host-names.ts";
import { HubError } from "./hub/hub-error.ts";
import { HubServer, type HubServerOptions } from "./hub-server.ts";
import type { WriteBarrier } from "./listeners/write-barrier.ts";
import { LinkedHubs } from "./provisioning/linked-hubs.ts";
import { Provisioning } from "./provisioning/provisioning.ts";
import { type ResolvedOptions, resolveOptions } from "./resolve-options.ts";
import type { Store, Table } from "./store/store.ts";

/** The place of an emulator's state. */
export interface Storage {
  readonly store: Store;
  /** Holds back what is sent until the disk has what came before. */
  readonly barrier: WriteBarrier | undefined;
  close(): Promise<void>;
}

/** The ports of a hub, as they are remembered. */
type KeptPorts = { readonly port: number; readonly plainPort: number };

/** The hubs of one emulator, and the provisioning service that they share. */
export class HubServers {
  readonly #options: ResolvedOptions;
  readonly #authority: MadeCertificate;
  readonly #ca: string;
  readonly #storage: Storage;
  readonly #store: Store;
  readonly #machine: Store;
  readonly #makeKey: KeyMaker;
  readonly #hubs = new LinkedHubs();
  readonly #emulators = new Map<string, Emulator>();
  readonly #opening = new Set<string>();
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
  constructor(options: ResolvedOptions, authority: MadeCertificate, storage: Storage) {
    this.#options = options;
    this.#authority = authority;
    this.#ca = options.certificate === undefined ? authority.cert : trustedWith(options.certificate, options);
    this.#storage = storage;
    this.#store = storage.store;
    this.#machine = storage.store.scope("machine");
    this.#makeKey = options.wellKnownKeys ? wellKnownKey : newKey;
  }

  /**
   * Opens the first hub, which is the home of the provisioning service, and the others of the seed. Nothing listens before
   * the whole seed is known to be valid.
   *
   * @throws {TypeError} with the path of what isn't valid in the seed
   * @throws {Error} with `code` if a port can't be bound
   */
  async start(): Promise<Emulator> {
    const { hostName, host, seed = {} } = this.#options;
    const homeStore = this.#store.scope("hub");
    const provisioningStore = this.#store.scope("provisioning");
    const { provisioningserviceowner, ...hubPolicies } = seed.policies ?? {};
    seedPolicies(homeStore, { policies: hubPolicies }, this.#makeKey);
    if (provisioningserviceowner !== undefined) {
      seedPolicies(provisioningStore, { policies: { provisioningserviceowner } }, this.#makeKey);
    }
    const home = await this.#prepare(
      { ...this.#options, name: hostName, names: [hostName, host] },
      homeStore,
    );
    const others: HubServer[] = [];
    const described = seed.hubs ?? [];
    const kept = Array.from(this.#others.entries(), ([name, options]) => ({ name, ...options }));
    const added = kept.filter(({ name }) => !described.some((each) => each.name === name));
    for (const { name, ...options } of [...described, ...added]) {
      others.push(await this.#prepareOther(name, options));
    }
    seedHub(home.hub, seed);
    seedProvisioning(this.#provisioningFor(home), seed);
    const emulator = await this.#open(home);
    try {
      for (const other of others) await this.#open(other);
    } catch (error) {
      await emulator.close();
      throw error;
    }
    this.#isReady = true;
    return emulator;
  }

  /** The hubs that were created besides the first, so that they are there after a restart. */
  get #others(): Table<HubOptions> {
    return this.#store.table("hubs");
  }

  /** The ports of each hub, so that a restart has the same ones if they are free. */
  get #ports(): Table<KeptPorts> {
    return this.#machine.table("ports");
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
        barrier: this.#storage.barrier,
        preferredPorts: this.#ports.get(options.name),
      },
      this.#authority,
      (created) => this.#provisioningFor(created),
    );
    const { logger } = options;
    if (logger !== undefined) server.hub.events.on((event) => logger(logLine(event)));
    if (server !== this.#home) this.#hubs.add(server);
    return server;
  }

  async #prepareOther(name: string, options: HubOptions): Promise<HubServer> {
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
    const { advertise: _ofFirst, controlToken, ...defaults } = this.#options;
    const resolved = resolveOptions({
      ...defaults,
      ...(controlToken === undefined ? {} : { controlToken }),
      ...{ host, hostName, port, plainPort, officialPorts },
    });
    this.#opening.add(name);
    try {
      return await this.#prepare(
        { ...resolved, name, names: [hostName, host, name] },
        this.#store.scope("hubs").scope(name),
      );
    } finally {
      this.#opening.delete(name);
    }
  }

  async #create(name: string, options: HubOptions): Promise<Emulator> {
    const emulator = await this.#open(await this.#prepareOther(name, options));
    this.#others.set(name, options);
    return emulator;
  }

  async #open(server: HubServer): Promise<Emulator> {
    try {
      await server.listen();
    } catch (error) {
      this.#hubs.remove(server.name);
      throw error;
    }
    const { port, plainPort } = server.ports;
    this.#ports.set(server.name, { port, plainPort });
    const emulator = this.#emulatorOf(server);
    this.#emulators.set(server.name, emulator);
    server.control = createControlApi(emulator, server.access, {
      name: server.name,
      hub: server.hub,
      isReady: () => this.#isReady && server.ports.acceptsDevices,
    });
    return emulator;
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
      makeKey: this.#makeKey,
      idScope,
      sasClockSkewSeconds,
      retryAfterSeconds: provisioningRetryAfterSeconds,
      interceptor: (registrationId) => server.faults.onRegister(registrationId),
      parseCertificate,
      issueCertificate: deviceCertificates(this.#authority, () => server.clock.now()),
    });
    return this.#provisioning;
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
        controlUrl: `http://${reachable(host)}:${plainPort}/control`,
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
    if (!this.#closing) {
      this.#store.scope("hubs").deleteScope(server.name);
      this.#others.delete(server.name);
    }
    this.#hubs.remove(server.name);
    this.#emulators.delete(server.name);
    await server.close();
  }

  async #closeAll(home: HubServer): Promise<void> {
    this.#closing = true;
    const others = [...this.#emulators].filter(([name]) => name !== home.name);
    await Promise.all(others.map(([, emulator]) => emulator.close()));
    await home.close();
    await this.#storage.close();
  }
}

/** Returns an address that leads to a bound one, as URLs have it. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

/** Returns the PEM that clients must trust to connect to a server with its own certificate. */
function trustedWith({ cert }: MadeCertificate, { authority }: ResolvedOptions): string {
  if (authority !== undefined) return authority.cert;
  const chain = cert.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return `${chain.at(-1) ?? cert}\n`;
}
