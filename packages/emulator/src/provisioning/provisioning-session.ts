import type { Certificate } from "../certificates/certificate.ts";
import { jsonBytes, jsonOf } from "../hub/json.ts";
import type { DeviceConnection } from "../hub/sessions/session.ts";
import type { TopicFilter } from "../hub/sessions/topic-filter.ts";
import type { Attested, NotAttested } from "./attesting.ts";
import { LateAnswers } from "./late-answers.ts";
import type { Provisioning } from "./provisioning.ts";
import type { ProvisioningAnswer } from "./registration-record.ts";
import { parseRegistrationFilter, parseRegistrationTopic, responseTopic } from "./topics.ts";
import type { ProvisioningUserName } from "./user-name.ts";

/** A CONNECT to the provisioning service. */
export interface ProvisioningConnect {
  readonly name: ProvisioningUserName;
  readonly clientId: string;
  readonly token: string | undefined;
  readonly certificates: readonly Certificate[];
  readonly connection: DeviceConnection;
}

/** Returns the key of a registration, by which faults, kicks and logs distinguish it from a device of the same id. */
export function registrationKey(registrationId: string): string {
  return `$dps/${registrationId}`;
}

/** The MQTT connection of a device that registers. */
export class ProvisioningSession {
  readonly key: string;
  readonly #service: Provisioning;
  readonly #attested: Attested;
  readonly #connection: DeviceConnection;
  readonly #granted = new Map<string, { readonly filter: TopicFilter<"answers">; readonly qos: 0 | 1 }>();
  readonly #answers: LateAnswers;
  #lastPacketId = 0;

  private constructor(service: Provisioning, attested: Attested, connection: DeviceConnection) {
    this.key = registrationKey(attested.registrationId);
    this.#service = service;
    this.#attested = attested;
    this.#connection = connection;
    this.#answers = new LateAnswers(service.clock);
  }

  /** Accepts a CONNECT, or returns the reason for CONNACK 5. */
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

  /** Handles a SUBSCRIBE and returns its code in the SUBACK. */
  subscribe(filter: string, qos: 0 | 1 | 2): 0 | 1 | 128 {
    const parsed = parseRegistrationFilter(filter);
    if (parsed === undefined) return 128;
    const granted = qos === 0 ? 0 : 1;
    this.#granted.set(filter, { filter: parsed, qos: granted });
    return granted;
  }

  unsubscribe(filter: string): void {
    this.#granted.delete(filter);
  }

  /** Handles a PUBLISH. Returns why the connection must be closed, or `cut` if a fault demands it. */
  publish(topic: string, qos: 0 | 1 | 2, payload: Uint8Array): string | "cut" | undefined {
    if (qos === 2) return "QoS 2 is not supported";
    const request = parseRegistrationTopic(topic);
    if (request === undefined) return `a device that registers may not publish to the topic '${topic}'`;
    const answer =
      request.kind === "register"
        ? this.#service.register(this.#attested, jsonOf(payload))
        : this.#service.poll(
            this.#attested.registrationId,
            request.operationId,
            // A page that connects without TLS can't reach the hub with it.
            this.#connection.transport === "ws",
          );
    if (answer.cut === true) return "cut";
    this.#answers.add(() => this.#send(answer, request.rid));
    return undefined;
  }

  // A request without a subscription is carried out and not answered.
  #send({ status, body, retryAfterSeconds }: ProvisioningAnswer, rid: string): void {
    const topic = responseTopic(status, rid, retryAfterSeconds);
    const matching = [...this.#granted.values()].filter(({ filter }) => filter.matches("answers", topic));
    if (matching.length === 0) return;
    if (matching.every(({ qos }) => qos === 0)) this.#connection.send(topic, jsonBytes(body));
    else {
      this.#lastPacketId = (this.#lastPacketId % 65_535) + 1;
      this.#connection.send(topic, jsonBytes(body), { qos: 1, messageId: this.#lastPacketId });
    }
  }
}
