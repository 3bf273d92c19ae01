import { fromUtf8 } from "@isohub/core/internal";
import type { HostNames } from "../hub/host-names.ts";
import type { Hub } from "../hub/hub.ts";
import type { Provisioning } from "../provisioning/provisioning.ts";
import { ProvisioningSession } from "../provisioning/provisioning-session.ts";
import { type ProvisioningUserName, parseProvisioningUserName } from "../provisioning/user-name.ts";
import type { MqttConnection } from "./mqtt-connection.ts";

/** Accepts MQTT connections to the provisioning service, which are distinguished from those to the hub by user name. */
export class Registrations {
  readonly #hub: Hub;
  readonly #service: Provisioning;
  readonly #hostNames: HostNames;

  constructor(hub: Hub, service: Provisioning, hostNames: HostNames) {
    this.#hub = hub;
    this.#service = service;
    this.#hostNames = hostNames;
  }

  /** Parses the user name of a CONNECT. Returns `undefined` if it isn't for the provisioning service. */
  nameOf(userName: string | undefined): ProvisioningUserName | undefined {
    return parseProvisioningUserName(userName ?? "", (host) => this.#hostNames.has(host));
  }

  /** Opens the session of a CONNECT. Returns `undefined` if it is refused. */
  async open(
    connection: MqttConnection,
    name: ProvisioningUserName,
    clientId: string,
    password: Uint8Array | undefined,
  ): Promise<ProvisioningSession | undefined> {
    const opened = await ProvisioningSession.open(this.#service, {
      name,
      clientId,
      token: password === undefined ? undefined : decodeToken(password),
      certificates: connection.certificates(),
      connection,
    });
    if ("detail" in opened) {
      this.#hub.events.emit("registrationRefused", { deviceId: name.registrationId }, opened);
      return undefined;
    }
    return opened;
  }
}

// Bytes that aren't UTF-8 make a malformed token.
function decodeToken(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    return "";
  }
}
