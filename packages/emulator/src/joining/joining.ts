import type { MadeCertificate } from "../certificates/node/certificate-maker.ts";
import { plainControlUrl } from "../config/control-url.ts";
import type { ResolvedOptions } from "../config/resolve-options.ts";
import type { JoinMethods } from "../control/operations/joining.ts";
import { isLoopback, nameIn } from "../hub/host-names.ts";
import { HubError } from "../hub/hub-error.ts";
import type { LinkedHubs } from "../provisioning/linked-hubs.ts";
import { type HubServer, loopback } from "../servers/hub-server.ts";
import type { Table } from "../store/store.ts";
import { ownVersion } from "../version.ts";
import { HubJoin } from "./hub-join.ts";
import type { JoinedHubInfo, JoinOptions } from "./join-records.ts";
import { JoinedHubs } from "./joined-hubs.ts";

/** Options of {@link Joining}. */
export interface JoiningOptions {
  /** The options of the emulator. */
  readonly options: ResolvedOptions;
  readonly linked: LinkedHubs;
  /** The joined hubs of an earlier run. */
  readonly table: Table<JoinOptions>;
}

/** The first hub of the emulator, and its certificates. */
export interface JoiningHome {
  readonly home: HubServer;
  readonly authority: MadeCertificate;
  /** PEM of the authority that clients trust. */
  readonly ca: string;
  useCertificate(certificate: MadeCertificate, ca: string): void;
}

/** The connections of an emulator with those in other processes: the hubs that join it, and the one that it joins. */
export class Joining {
  readonly #options: JoiningOptions;
  #joined: JoinedHubs | undefined;
  #join: HubJoin | undefined;

  constructor(options: JoiningOptions) {
    this.#options = options;
  }

  /** Whether the emulator has joined the one in its options, if any. It stays true while that one can't be reached. */
  get isComplete(): boolean {
    return this.#join?.hasJoined ?? true;
  }

  /** Lets other hubs join, and links those of an earlier run. */
  async prepare({ home, authority, ca, useCertificate }: JoiningHome): Promise<void> {
    const { options, linked, table } = this.#options;
    const { join: url, certificate } = options;
    const version = await ownVersion();
    this.#joined = new JoinedHubs({
      linked,
      table,
      authority: certificate === undefined || options.authority !== undefined ? authority : undefined,
      ca,
      version,
      needsToken: options.controlToken !== undefined,
      joinedUrl: () => url,
      events: () => home.hub.events,
    });
    this.#joined.restore();
    if (url === undefined) return;
    let trusted = ca;
    const ownTrust = certificate ?? options.authority;
    const { hostName, host, san, advertise = hostName } = options;
    const names = [hostName, host, ...san, advertise, ...loopback].map(nameIn).filter(isAddressable);
    this.#join = new HubJoin({
      url,
      token: options.joinToken,
      name: () => options.joinAs ?? `hub-${home.ports.port}`,
      trusted: options.authority?.cert,
      clock: options.clock,
      events: () => home.hub.events,
      certificateNames: ownTrust === undefined ? [...new Set(names)] : undefined,
      keyKind: options.certificateKey,
      about: () => ({
        version,
        host: home.host(),
        plainHost: home.plainHost(),
        controlUrl: controlUrlOf(home),
        ...(home.access.token === undefined ? {} : { controlToken: home.access.token }),
        ca: trusted,
      }),
      useCertificate: (issued, root) => {
        trusted = root;
        useCertificate(issued, root);
      },
    });
  }

  /**
   * Joins the hub of the options, once the ports are open.
   *
   * @throws {Error} with the URL, if that hub refuses, or can't be reached within a minute; the reason of an aborted signal
   */
  async start(): Promise<void> {
    await this.#join?.start(this.#options.options.signal);
  }

  /** Returns the hubs that have joined. */
  list(): JoinedHubInfo[] {
    return this.#joined?.list() ?? [];
  }

  /** Implements the operations of the control API of a hub. */
  methodsOf(server: HubServer): JoinMethods {
    return {
      joinedHubs: () => this.list(),
      joinHub: (name, joined) => this.#registry.join(name, joined),
      leaveHub: (name, instance) => this.#registry.leave(name, instance),
      certifyHub: (names, publicKey) => this.#registry.certify(names, publicKey),
      joinStatus: () => {
        if (this.#join !== undefined) return this.#join.status;
        throw new HubError("GenericNotFound", "This hub hasn't joined another one.");
      },
      assignDevice: (deviceId, device) => server.devices.assign(deviceId, device),
    };
  }

  /** Leaves the joined hub. */
  async close(): Promise<void> {
    await this.#join?.close();
    this.#joined?.close();
  }

  get #registry(): JoinedHubs {
    if (this.#joined !== undefined) return this.#joined;
    throw new HubError("ServiceUnavailable", "The hub is starting.");
  }
}

function isAddressable(name: string): boolean {
  return name !== "0.0.0.0" && name !== "::";
}

/** The control API as the other hub reaches it: beyond this machine with TLS, because requests have keys of devices. */
function controlUrlOf(home: HubServer): string {
  const { host } = home.address;
  if (isLoopback(host)) return plainControlUrl(host, home.ports.plainPort);
  return `https://${home.host()}/control`;
}
