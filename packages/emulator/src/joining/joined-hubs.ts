import { createPublicKey, type KeyObject } from "node:crypto";
import { certifyKey, type MadeCertificate } from "../certificates/node/certificate-maker.ts";
import { checkHubName, hubExists } from "../config/hub-name.ts";
import type { EventFeed } from "../hub/events/event-feed.ts";
import { isLoopback } from "../hub/host-names.ts";
import { HubError } from "../hub/hub-error.ts";
import type { LinkedHubs } from "../provisioning/linked-hubs.ts";
import type { Table } from "../store/store.ts";
import type { IssuedServerCertificate, JoinAnswer, JoinedHubInfo, JoinOptions } from "./join-records.ts";
import { JoinedHub } from "./joined-hub.ts";

/** Options of {@link JoinedHubs}. */
export interface JoinedHubsOptions {
  readonly linked: LinkedHubs;
  /** The joined hubs, so that they are known after a restart. */
  readonly table: Table<JoinOptions>;
  /** Signs the certificates of joined hubs; `undefined` if clients trust another one. */
  readonly authority: MadeCertificate | undefined;
  /** PEM of the authority that clients trust. */
  readonly ca: string;
  readonly version: string;
  /** Whether requests to the control API need a token, so that only those who know it can join. */
  readonly needsToken: boolean;
  /** Returns the hub that this process has joined itself. */
  joinedUrl(): string | undefined;
  events(): EventFeed;
}

const hostNameRule = /^[\w.:-]{1,253}$/;

/** The hubs of other processes that have joined this one. */
export class JoinedHubs {
  readonly #options: JoinedHubsOptions;
  readonly #hubs = new Map<string, JoinedHub>();
  readonly #joining = new Set<string>();

  constructor(options: JoinedHubsOptions) {
    this.#options = options;
  }

  /** Links the hubs from before a restart. They come after the hubs of this process. */
  restore(): void {
    for (const [name, joined] of this.#options.table.entries()) this.#link(name, joined);
  }

  /** Returns the joined hubs in the order in which they joined, including those that have left. */
  list(): JoinedHubInfo[] {
    return [...this.#hubs.values()].map(({ info }) => info);
  }

  /**
   * Links a hub of another process, or confirms that it is linked.
   *
   * @throws {HubError} ArgumentInvalid if another hub has its name or host, or for another version; ServiceUnavailable if its
   * control API can't be reached
   */
  async join(name: string, joined: JoinOptions): Promise<JoinAnswer> {
    this.#checkOptions(name, joined);
    const answer = { ca: this.#options.ca };
    const known = this.#hubs.get(name);
    if (known?.isAvailable === true && isSame(known.joined, joined)) return answer;
    if (this.#joining.has(name)) throw new HubError("ServiceUnavailable", `A hub is joining as '${name}'.`);
    this.#joining.add(name);
    try {
      await this.#checkOthers(name, joined);
      const hub = this.#newHub(name, joined);
      await hub.check();
      this.#hubs.get(name)?.close();
      this.#options.linked.remove(name);
      this.#link(name, joined, hub);
      this.#options.table.set(name, joined);
      this.#options.events().emit("hubJoined", { deviceId: "" }, { name, url: joined.controlUrl });
      return answer;
    } finally {
      this.#joining.delete(name);
    }
  }

  /** Assigns no more devices to a hub, which remains in enrollments. Ignores a process whose name another one has taken. */
  leave(name: string, instance: string): void {
    const hub = this.#hubs.get(name);
    if (hub === undefined || hub.joined.instance !== instance || !hub.isAvailable) return;
    hub.close();
    const { controlUrl: url } = hub.joined;
    this.#options.events().emit("hubLeft", { deviceId: "" }, { name, url, detail: "it was closed" });
  }

  /**
   * Issues a server certificate to a hub that joins, so that clients of this hub trust it. The private key of the authority
   * stays here.
   *
   * @throws {HubError} Forbidden for a name beyond this machine, unless requests need a token; ArgumentInvalid
   */
  async certify(names: readonly string[], publicKey: string): Promise<IssuedServerCertificate> {
    const { authority, ca, needsToken } = this.#options;
    if (authority === undefined) {
      throw new HubError(
        "ArgumentInvalid",
        "The first hub has its own certificate and can't issue others; give the joining hub one with --cert-file and --key-file.",
      );
    }
    const [commonName] = names;
    if (commonName === undefined || names.length > 50 || !names.every((name) => hostNameRule.test(name))) {
      throw new HubError("ArgumentInvalid", "names must be 1 to 50 host names or addresses.");
    }
    const foreign = names.find((name) => !isLoopback(name));
    if (foreign !== undefined && !needsToken) {
      throw new HubError(
        "Forbidden",
        `Names in the certificate must lead to this machine unless the first hub has a control token, got '${foreign.slice(0, 200)}'.`,
      );
    }
    const key = readKey(publicKey);
    return { cert: certifyKey(key, { commonName, use: "server", issuer: authority, names }), ca };
  }

  close(): void {
    for (const hub of this.#hubs.values()) hub.close();
  }

  #checkOptions(name: string, { version, controlUrl }: JoinOptions): void {
    const { version: own, joinedUrl } = this.#options;
    checkHubName(name);
    if (version !== own) {
      const message = `The version of a hub that joins must be ${own}, got ${version.slice(0, 50)}.`;
      throw new HubError("ArgumentInvalid", message);
    }
    if (!/^https?:/.test(controlUrl) || !URL.canParse(controlUrl)) {
      throw new HubError("ArgumentInvalid", "controlUrl must be the URL of a control API.");
    }
    const first = joinedUrl();
    if (first === undefined) return;
    throw new HubError("ArgumentInvalid", `This hub has joined ${first} itself; join that one.`);
  }

  /** Checks that no other hub that is alive has the name or the host. */
  async #checkOthers(name: string, { instance, host }: JoinOptions): Promise<void> {
    const wanted = name.toLowerCase();
    for (const other of this.#options.linked.list()) {
      const hasName = other.name.toLowerCase() === wanted;
      if (!hasName && other.host().toLowerCase() !== host.toLowerCase()) continue;
      if (other instanceof JoinedHub && (other.joined.instance === instance || !(await isAlive(other)))) {
        // Such as a process that was killed, and runs again on the same port.
        if (other.name !== name) this.#remove(other);
        continue;
      }
      if (hasName) throw hubExists(name);
      throw new HubError(
        "ArgumentInvalid",
        `The host of a hub that joins must be unique, got '${host}', which '${other.name}' has.`,
      );
    }
  }

  #remove({ name }: JoinedHub): void {
    this.#hubs.get(name)?.close();
    this.#hubs.delete(name);
    this.#options.linked.remove(name);
    this.#options.table.delete(name);
  }

  #newHub(name: string, joined: JoinOptions): JoinedHub {
    return new JoinedHub({
      name,
      joined,
      onLost: (detail) => {
        if (this.#hubs.get(name)?.joined !== joined) return;
        const { controlUrl: url } = joined;
        this.#options.events().emit("hubLeft", { deviceId: "" }, { name, url, detail });
      },
    });
  }

  #link(name: string, joined: JoinOptions, hub = this.#newHub(name, joined)): void {
    this.#hubs.set(name, hub);
    this.#options.linked.add(hub);
  }
}

/** Whether a hub that joined before still answers. */
async function isAlive(hub: JoinedHub): Promise<boolean> {
  if (!hub.isAvailable) return false;
  try {
    await hub.check();
    return true;
  } catch {
    return false;
  }
}

function isSame(one: JoinOptions, other: JoinOptions): boolean {
  const text = ({ instance, host, plainHost, controlUrl, controlToken, ca }: JoinOptions): string =>
    JSON.stringify([instance, host, plainHost, controlUrl, controlToken, ca]);
  return text(one) === text(other);
}

function readKey(pem: string): KeyObject {
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === "ec" || key.asymmetricKeyType === "rsa") return key;
  } catch {
    // Refused below.
  }
  throw new HubError("ArgumentInvalid", "publicKey must be a public key in PEM, EC or RSA.");
}
