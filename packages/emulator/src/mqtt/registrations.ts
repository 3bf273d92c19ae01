import { fromUtf8 } from "@isohub/core/internal";
import type { HostNames } from "../hub/host-names.ts";
import type { Hub } from "../hub/hub.ts";
import type { Provisioning } from "../provisioning/provisioning.ts";
import { ProvisioningSession } from "../provisioning/provisioning-session.ts";
import { type ProvisioningUserName, parseProvisioningUserName } from "../provisioning/user-name.ts";
import type { Link } from "./link.ts";

/** The way of MQTT connections to the provisioning service: it is at the same ports as the hub, told by user names. */
export class Registrations {
  readonly #hub: Hub;
  readonly #service: Provisioning;
  readonly #hostNames: HostNames;

  constructor(hub: Hub, service: Provisioning, hostNames: HostNames) {
    this.#hub = hub;
    this.#service = service;
    this.#hostNames = hostNames;
  }

  /** What the user name says, when it is one for the provisioning service. */
  nameOf({ username }: { readonly username?: string | undefined }): ProvisioningUserName | undefined {
    return parseProvisioningUserName(username ?? "", (host) => this.#hostNames.has(host));
  }

  /** Lets a CONNECT in; returns why not. */
  async accept(
    link: Link,
    name: ProvisioningUserName,
    clientId: string,
    password: Uint8Array | undefined,
  ): Promise<string | undefined> {
    const opened = await ProvisioningSession.open(this.#service, {
      name,
      clientId,
      token: password === undefined ? undefined : textOf(password),
      certificates: link.certificates(),
      connection: link,
    });
    if ("detail" in opened) {
      this.#hub.events.emit("registrationRefused", { deviceId: name.registrationId }, opened);
      return opened.detail;
    }
    link.registration = opened;
    return undefined;
  }
}

// A token is ASCII; bytes that are not even UTF-8 make a malformed one.
function textOf(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    return "";
  }
}
