import type { Emulator } from "./api/emulator.ts";
import type { HubOptions } from "./api/hubs.ts";
import { LocalEmulator } from "./api/local-emulator.ts";
import type { MadeCertificate } from "./certificates/node/certificate-maker.ts";
import { deviceCertificates } from "./certificates/node/device-certificates.ts";
import { parseCertificate } from "./certificates/node/node-certificate.ts";
import { makeAuthority } from "./certificates/node/server-certificate.ts";
import { createControlApi } from "./control/control-api.ts";
import { describeEvent } from "./describe.ts";
import { HubError } from "./hub/hub-error.ts";
import { HubServer, type HubServerOptions, loopback } from "./hub-server.ts";
import { type EmulatorOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { LinkedHubs } from "./provisioning/linked-hubs.ts";
import { Provisioning } from "./provisioning/provisioning.ts";

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
  const { hostName, host } = resolved;
  const fleet = new Fleet(resolved, await makeAuthority());
  return fleet.open({
    ...resolved,
    name: hostName,
    names: [hostName, host, ...loopback],
  });
}

/** The hubs of one emulator, and the provisioning service that they have in common. */
class Fleet {
  readonly #options: ResolvedOptions;
  readonly #authority: MadeCertificate;
  readonly #hubs = new LinkedHubs();
  readonly #handles = new Map<string, LocalEmulator>();
  readonly #opening = new Set<string>();
  #service: Provisioning | undefined;

  constructor(options: ResolvedOptions, authority: MadeCertificate) {
    this.#options = options;
    this.#authority = authority;
  }

  async open(options: HubServerOptions): Promise<LocalEmulator> {
    const server = await HubServer.open(options, this.#authority, (first) => this.#serviceFor(first));
    const { logger } = options;
    if (logger !== undefined) server.hub.events.on((event) => logger(describeEvent(event)));
    if (!this.#hubs.list().includes(server)) this.#hubs.add(server);
    const handle = this.#handleOf(server, options);
    this.#handles.set(server.name, handle);
    server.control = createControlApi(handle);
    return handle;
  }

  async #create(name: string, options: HubOptions): Promise<LocalEmulator> {
    if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,49}$/.test(name)) {
      throw new HubError(
        "ArgumentInvalid",
        `The name of the hub must be 1 to 50 letters, digits and -, got '${name}'.`,
      );
    }
    if (this.#hubs.find(name) !== undefined || this.#opening.has(name)) {
      throw new HubError("ArgumentInvalid", `There is a hub '${name}' already.`);
    }
    const { host: ownHost, hostName: ownName } = this.#options;
    const { host = ownHost, hostName = host === ownHost ? ownName : host } = options;
    const { port = 0, plainPort = 0, officialPorts = false } = options;
    const resolved = resolveOptions({ ...this.#options, host, hostName, port, plainPort, officialPorts });
    this.#opening.add(name);
    try {
      return await this.open({ ...resolved, name, names: [hostName, host, name] });
    } finally {
      this.#opening.delete(name);
    }
  }

  // By the clock of the first hub, which can be set.
  #serviceFor(server: HubServer): Provisioning {
    if (this.#service !== undefined) return this.#service;
    this.#hubs.add(server);
    const { idScope, sasClockSkewSeconds, provisioningRetryAfterSeconds } = this.#options;
    this.#service = new Provisioning({
      hubs: this.#hubs,
      clock: server.clock,
      idScope,
      sasClockSkewSeconds,
      retryAfterSeconds: provisioningRetryAfterSeconds,
      interceptor: (registrationId) => server.faults.onRegister(registrationId),
      parseCertificate,
      issueCertificate: deviceCertificates(this.#authority, () => server.clock.now()),
    });
    return this.#service;
  }

  #handleOf(server: HubServer, { host, hostName }: HubServerOptions): LocalEmulator {
    const { port, plainPort } = server.ports;
    const authority = host.includes(":") ? `[${host}]` : host;
    const isFirst = this.#hubs.home === server;
    return new LocalEmulator({
      hub: server.hub,
      hostName,
      connectionHost: server.host(),
      ca: this.#authority.cert,
      endpoints: {
        host,
        port,
        plainPort,
        provisioning: { host, port, plainPort },
        controlUrl: `http://${authority}:${plainPort}/control`,
      },
      faults: server.faults,
      provisioning: this.#serviceFor(server),
      blobs: server.blobs,
      workloads: server.workloads,
      kick: (key) => server.kick(key),
      createHub: (name, options) => this.#create(name, options),
      hubs: () => this.#handles,
      close: () => (isFirst ? this.#closeAll() : this.#close(server)),
    });
  }

  async #close(server: HubServer): Promise<void> {
    this.#hubs.remove(server.name);
    this.#handles.delete(server.name);
    await server.close();
  }

  async #closeAll(): Promise<void> {
    const { home } = this.#hubs;
    await Promise.all(
      [...this.#handles].map(([name, handle]) => (name === home.name ? undefined : handle.close())),
    );
    await (home as HubServer).close();
  }
}
