import type { Hub } from "../../hub/hub.ts";
import { parseJson } from "../../hub/json.ts";
import type { Wire } from "../../listeners/wire.ts";
import type { Attested } from "../../provisioning/attesting.ts";
import { LateAnswers } from "../../provisioning/late-answers.ts";
import type { Provisioning } from "../../provisioning/provisioning.ts";
import { registrationKey } from "../../provisioning/provisioning-session.ts";
import type { ProvisioningAnswer } from "../../provisioning/registration-record.ts";
import type { RegistrationNode } from "../address.ts";
import { unauthorized } from "../amqp-error.ts";
import { bodyOf, propertiesOf } from "../message-fields.ts";
import type { LinkHandler, LinkOutcome } from "../rhea/link-handler.ts";
import { OutgoingLink } from "../rhea/outgoing-link.ts";
import { dataSection, type Message, type Receiver, type Sender, types } from "../rhea/rhea.ts";

/** Options of {@link RegistrationLinks}. */
export interface RegistrationOptions {
  readonly hub: Hub;
  readonly provisioning: Provisioning;
  readonly wire: Wire;
  /** Ends the connection without a frame, as a fault demands. */
  cut(): void;
}

/**
 * A device that registers over an AMQP connection: one link for its requests, and one for the answers.
 *
 * @source The requests of Microsoft's provisioning clients
 */
export class RegistrationLinks {
  readonly #options: RegistrationOptions;
  readonly #answers: LateAnswers;
  #attested: Attested | undefined;
  #answerLink: OutgoingLink | undefined;

  constructor(options: RegistrationOptions) {
    this.#options = options;
    this.#answers = new LateAnswers(options.provisioning.clock);
  }

  /** Whether the device has proven its identity. */
  get isAttested(): boolean {
    return this.#attested !== undefined;
  }

  /** Whether the connection is that of the registration with this key. */
  has(key: string): boolean {
    return this.#attested !== undefined && registrationKey(this.#attested.registrationId) === key;
  }

  /** Checks a token, or without one the certificate of the connection. Returns why it isn't valid, if so. */
  async present(
    { idScope, registrationId }: RegistrationNode,
    token: string | undefined,
  ): Promise<string | undefined> {
    const { hub, provisioning, wire } = this.#options;
    const certificates = wire.certificates();
    const outcome = await provisioning.attest(idScope, registrationId, { token, certificates });
    if ("detail" in outcome) {
      hub.events.emit("registrationRefused", { deviceId: registrationId }, outcome);
      return outcome.detail;
    }
    this.#attested = outcome;
    return undefined;
  }

  /** Opens one of the two links. */
  async openLink(link: Sender | Receiver, node: RegistrationNode): Promise<LinkOutcome> {
    const problem = this.#isOf(node) ? undefined : await this.present(node, undefined);
    if (problem !== undefined) return unauthorized(`Unauthorized: ${problem}.`);
    return link.is_sender() ? this.#openAnswers(link as Sender) : this.#openRequests();
  }

  #isOf({ registrationId }: RegistrationNode): boolean {
    return this.has(registrationKey(registrationId));
  }

  #openAnswers(sender: Sender): LinkHandler {
    const link = new OutgoingLink(sender);
    this.#answerLink = link;
    return { onSendable: () => link.flushSoon(), onClose: () => link.close() };
  }

  #openRequests(): LinkHandler {
    return {
      onMessage: (message, delivery) => {
        delivery.accept();
        const answer = this.#answerTo(message);
        if (answer?.cut === true) this.#options.cut();
        else if (answer !== undefined) this.#answers.add(() => this.#send(message, answer));
      },
      onClose: () => {},
    };
  }

  #answerTo(message: Message): ProvisioningAnswer | undefined {
    const { provisioning } = this.#options;
    const attested = this.#attested;
    if (attested === undefined) return undefined;
    const { "iotdps-operation-type": type, "iotdps-operation-id": id } = propertiesOf(message);
    if (type === "iotdps-register") return provisioning.register(attested, jsonOf(message["body"]));
    if (type !== "iotdps-get-operationstatus") return undefined;
    return provisioning.poll(attested.registrationId, String(id ?? ""));
  }

  #send(request: Message, { status, body, retryAfterSeconds }: ProvisioningAnswer): void {
    this.#answerLink?.enqueue({
      correlation_id: request["message_id"] ?? request["correlation_id"],
      application_properties: {
        "status-code": types.wrap_int(status),
        ...(retryAfterSeconds === undefined ? {} : { "retry-after": types.wrap_int(retryAfterSeconds) }),
      },
      body: dataSection(Buffer.from(JSON.stringify(body))),
    });
  }
}

function jsonOf(body: unknown): unknown {
  try {
    return parseJson(bodyOf(body));
  } catch {
    return undefined;
  }
}
