import { type Signal, signal } from "@preact/signals";
import type { HubAccess } from "../hub/hub-access.ts";
import { type Credential, type CredentialKind, scopeOf } from "./credential.ts";

/** The fields of a credential that is being entered. */
export class CredentialDraft {
  readonly kind: Signal<CredentialKind> = signal("local");
  /** The connection string, token, URL or key. */
  readonly secret: Signal<string> = signal("");
  /** The JWT for a token broker. */
  readonly accessToken: Signal<string> = signal("");
  /** The provisioning service. */
  readonly host: Signal<string> = signal("global.azure-devices-provisioning.net");
  readonly idScope: Signal<string> = signal("");
  /** The entered address; `undefined` until one is entered. */
  readonly #address: Signal<string | undefined> = signal(undefined);
  readonly #hub: HubAccess;

  constructor(hub: HubAccess) {
    this.#hub = hub;
  }

  /** Selects another kind and clears the secret, which a field of the new kind could reveal. */
  choose(kind: CredentialKind): void {
    this.kind.value = kind;
    this.secret.value = "";
    this.accessToken.value = "";
    this.#address.value = undefined;
  }

  /** Whether the credential is that of a single device. */
  get isForOne(): boolean {
    return this.kind.value === "connectionString" || this.kind.value === "sasToken";
  }

  /**
   * The address at which the hub is reached, or an empty string for the host that the token names. Tokens contain no port, so
   * one for the local hub begins with that hub's address.
   */
  get address(): string {
    return this.#address.value ?? (this.#isForLocalHub ? this.localAddress : "");
  }

  set address(address: string) {
    this.#address.value = address;
  }

  /** The address at which this page reaches the local hub; empty for a hub in the page, which has none. */
  get localAddress(): string {
    if (this.#hub.isInPage) return "";
    return location.protocol === "https:" ? location.host : `ws://${location.host}`;
  }

  /** Fills in the provisioning service of the local hub. */
  useLocalProvisioning(): void {
    this.host.value = this.localAddress;
    this.idScope.value = this.#hub.info.value?.idScope ?? "";
  }

  credential(): Credential {
    const secret = this.secret.value.trim();
    const address = this.address.trim();
    switch (this.kind.value) {
      case "local":
        return { kind: "local" };
      case "connectionString":
        return { kind: "connectionString", connectionString: secret };
      case "sasToken":
        return { kind: "sasToken", token: secret, address };
      case "tokenBroker":
        return { kind: "tokenBroker", url: secret, accessToken: this.accessToken.value.trim(), address };
      case "provisioning": {
        const [host, idScope] = [this.host.value.trim(), this.idScope.value.trim()];
        return { kind: "provisioning", host, idScope, groupKey: secret };
      }
    }
  }

  get #isForLocalHub(): boolean {
    if (this.kind.value !== "sasToken") return false;
    const hostName = scopeOf(this.secret.value)?.hostName;
    return hostName !== undefined && hostName.toLowerCase() === this.#hub.info.value?.hostName.toLowerCase();
  }
}
