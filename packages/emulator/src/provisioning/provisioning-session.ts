import type { Certificate } from "../certificates/certificate.ts";
import { jsonBytes, parseJson } from "../hub/json.ts";
import type { DeviceConnection } from "../hub/session.ts";
import type { Attested, NotAttested } from "./attesting.ts";
import type { Provisioning } from "./provisioning.ts";
import type { ProvisioningAnswer } from "./registration-record.ts";
import { answerTopic, parseRegistrationTopic, registrationFilter } from "./topics.ts";
import type { ProvisioningUserName } from "./user-name.ts";

/** A CONNECT to the provisioning service. */
export interface ProvisioningConnect {
  readonly name: ProvisioningUserName;
  readonly clientId: string;
  readonly token: string | undefined;
  readonly certificates: readonly Certificate[];
  readonly connection: DeviceConnection;
}

/** The name of a registration among client ids: how faults, kicks and logs tell it from a device of the same id. */
export function registrationKey(registrationId: string): string {
  return `$dps/${registrationId}`;
}

/** The MQTT connection of a device that registers. */
export class ProvisioningSession {
  readonly key: string;
  readonly #service: Provisioning;
  readonly #attested: Attested;
  readonly #connection: DeviceConnection;
  #granted: 0 | 1 | undefined;
  #lastPacketId = 0;

  private constructor(service: Provisioning, attested: Attested, connection: DeviceConnection) {
    this.key = registrationKey(attested.registrationId);
    this.#service = service;
    this.#attested = attested;
    this.#connection = connection;
  }

  /** Lets a connection in, or says why not; that is always CONNACK 5. */
  static async open(
    service: Provisioning,
    { name, clientId, token, certificates, connection }: ProvisioningConnect,
  ): Promise<ProvisioningSession | NotAttested> {
    const { idScope, registrationId } = name;
    if (clientId.toLowerCase() !== registrationId.toLowerCase()) {
      return { detail: `the client id must be the registration id '${registrationId}', got '${clientId}'` };
    }
    const attested = await service.attest(idScope, registrationId, { token, certificates });
    return "detail" in attested ? attested : new ProvisioningSession(service, attested, connection);
  }

  /** Returns what the SUBACK says: there is one filter. */
  subscribe(filter: string, qos: 0 | 1 | 2): 0 | 1 | 128 {
    if (filter !== registrationFilter) return 128;
    this.#granted = qos === 0 ? 0 : 1;
    return this.#granted;
  }

  unsubscribe(filter: string): void {
    if (filter === registrationFilter) this.#granted = undefined;
  }

  /** Takes a PUBLISH in. Returns why the connection must be closed, `cut` when a fault wants it. */
  publish(topic: string, qos: 0 | 1 | 2, payload: Uint8Array): string | "cut" | undefined {
    if (qos === 2) return "QoS 2 is not supported";
    const request = parseRegistrationTopic(topic);
    if (request === undefined)
      return `the topic '${topic}' is not one a device that registers may publish to`;
    const answer =
      request.kind === "register"
        ? this.#service.register(this.#attested, bodyOf(payload))
        : this.#service.poll(
            this.#attested.registrationId,
            request.operationId,
            // A page that is here without TLS could not get to the hub with it.
            this.#connection.transport === "ws",
          );
    if (answer.cut === true) return "cut";
    this.#send(answer, request.rid);
    return undefined;
  }

  // Without a subscription the request is done and nothing is said.
  #send({ status, body, retryAfterSeconds }: ProvisioningAnswer, rid: string): void {
    if (this.#granted === undefined) return;
    const topic = answerTopic(status, rid, retryAfterSeconds);
    if (this.#granted === 0) this.#connection.send(topic, jsonBytes(body));
    else {
      this.#lastPacketId = (this.#lastPacketId % 65_535) + 1;
      this.#connection.send(topic, jsonBytes(body), { qos: 1, messageId: this.#lastPacketId });
    }
  }
}

function bodyOf(payload: Uint8Array): unknown {
  try {
    return parseJson(payload);
  } catch {
    return undefined;
  }
}
