import type { Inputs } from "./deliveries/inputs.ts";
import type { EventFeed } from "./events/event-feed.ts";
import { HubError } from "./hub-error.ts";
import type { Registry } from "./identities/registry.ts";
import type { Throttles } from "./limits/throttles.ts";
import type { Session } from "./sessions/session.ts";
import { BodyPool } from "./telemetry/body-pool.ts";
import type { MessageRouter } from "./telemetry/message-router.ts";

const nothing: Readonly<Record<string, string>> = {};

/** A message of a device, as its transport received it. */
export interface DeviceMessage {
  /** The property bag, encoded. */
  readonly bag: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
  readonly dup: boolean;
}

/** The sender of a message: a session, or the identity of a request. */
export type MessageSender = Pick<Session, "identity" | "clientInfo">;

/** The parts that all messages of a sender share. */
interface Shared {
  readonly properties: Readonly<Record<string, string>>;
  readonly bodies: BodyPool;
}

/** Accepts the messages that devices send: a route forwards them to an input of a module, or the hub routes them to an event hub. */
export class Ingestion {
  readonly #registry: Registry;
  readonly #inputs: Inputs;
  readonly #router: MessageRouter;
  readonly #events: EventFeed;
  readonly #throttles: Throttles;
  readonly #senders = new WeakMap<MessageSender, Shared>();

  constructor(
    registry: Registry,
    inputs: Inputs,
    router: MessageRouter,
    events: EventFeed,
    throttles: Throttles,
  ) {
    this.#registry = registry;
    this.#inputs = inputs;
    this.#router = router;
    this.#events = events;
    this.#throttles = throttles;
  }

  /**
   * Accepts a message.
   *
   * @param added - properties that the hub adds
   * @returns why it isn't accepted, or `undefined` if it is
   */
  accept(
    sender: MessageSender,
    { bag, payload, retain, dup }: DeviceMessage,
    added: Readonly<Record<string, string>> = nothing,
  ): HubError | undefined {
    const { identity } = sender;
    try {
      this.#throttles.countMessage(payload.length + bag.length);
    } catch (error) {
      if (error instanceof HubError) return error;
      throw error;
    }
    const { properties: connection, bodies } = this.#sharedBy(sender);
    const body = bodies.copy(payload);
    const withRetain = retain ? { ...added, "mqtt-retain": "true" } : added;
    const destination = this.#inputs.route(identity, { bag, body, added: withRetain });
    if (destination === "routed") return undefined;
    const sequenceNumber =
      destination === "tooLarge"
        ? undefined
        : this.#router.accept({ identity, bag, body, added: withRetain, connection, dup });
    if (sequenceNumber === undefined) {
      return new HubError("MessageTooLarge", "the message is larger than 256 KB");
    }
    this.#events.emit("telemetry", identity, { sequenceNumber, bytes: body.length });
    return undefined;
  }

  #sharedBy(sender: MessageSender): Shared {
    const existing = this.#senders.get(sender);
    if (existing !== undefined) return existing;
    const { deviceId, moduleId } = sender.identity;
    const { authScope, authType, modelId } = sender.clientInfo;
    const issuer = authType === "x509" ? "external" : "iothub";
    const properties = {
      connectionDeviceId: deviceId,
      ...(moduleId === undefined ? {} : { connectionModuleId: moduleId }),
      connectionDeviceGenerationId: this.#registry.find(sender.identity)?.generationId ?? "",
      connectionAuthMethod: `{"scope":"${authScope}","type":"${authType}","issuer":"${issuer}","acceptingIpFilterRule":null}`,
      ...(modelId === undefined ? {} : { dataSchema: modelId }),
    };
    const shared = { properties, bodies: new BodyPool() };
    this.#senders.set(sender, shared);
    return shared;
  }
}
