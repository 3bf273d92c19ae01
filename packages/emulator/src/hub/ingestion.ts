import type { EventFeed } from "./event-feed.ts";
import type { Inputs } from "./inputs.ts";
import type { Registry } from "./registry.ts";
import type { Session } from "./session.ts";
import type { TelemetryStore } from "./telemetry.ts";

/** A message of a device, as its transport received it. */
export interface DeviceMessage {
  /** The property bag, encoded. */
  readonly bag: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
  readonly dup: boolean;
}

/** Accepts the messages that devices send: a route forwards them to an input of a module, or they become telemetry. */
export class Ingestion {
  readonly #registry: Registry;
  readonly #inputs: Inputs;
  readonly #telemetry: TelemetryStore;
  readonly #events: EventFeed;
  // The same for every message of a session.
  readonly #connectionProperties = new WeakMap<Session, Readonly<Record<string, string>>>();

  constructor(registry: Registry, inputs: Inputs, telemetry: TelemetryStore, events: EventFeed) {
    this.#registry = registry;
    this.#inputs = inputs;
    this.#telemetry = telemetry;
    this.#events = events;
  }

  /**
   * Accepts a message.
   *
   * @param added - properties that the hub adds
   * @returns why the connection must be closed, or `undefined` if the message is valid
   */
  accept(
    session: Session,
    { bag, payload: body, retain, dup }: DeviceMessage,
    added: Readonly<Record<string, string>> = {},
  ): string | undefined {
    const { identity } = session;
    const sent = { bag, body, added: retain ? { ...added, "mqtt-retain": "true" } : added };
    const destination = this.#inputs.route(identity, sent);
    if (destination === "routed") return undefined;
    const connection = this.#propertiesOf(session);
    const sequenceNumber =
      destination === "tooLarge" ? undefined : this.#telemetry.add({ ...sent, identity, connection, dup });
    if (sequenceNumber === undefined) return "the message is larger than 256 KB";
    this.#events.emit("telemetry", identity, { sequenceNumber, bytes: body.length });
    return undefined;
  }

  #propertiesOf(session: Session): Readonly<Record<string, string>> {
    const existing = this.#connectionProperties.get(session);
    if (existing !== undefined) return existing;
    const { deviceId, moduleId } = session.identity;
    const { authScope, authType, modelId } = session.clientInfo;
    const issuer = authType === "x509" ? "external" : "iothub";
    const properties = {
      connectionDeviceId: deviceId,
      ...(moduleId === undefined ? {} : { connectionModuleId: moduleId }),
      connectionDeviceGenerationId: this.#registry.find(session.identity)?.generationId ?? "",
      connectionAuthMethod: `{"scope":"${authScope}","type":"${authType}","issuer":"${issuer}","acceptingIpFilterRule":null}`,
      ...(modelId === undefined ? {} : { dataSchema: modelId }),
    };
    this.#connectionProperties.set(session, properties);
    return properties;
  }
}
