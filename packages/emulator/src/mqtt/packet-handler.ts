import type { InboundPublish } from "../hub/device-operations.ts";
import type { Hub } from "../hub/hub.ts";
import type { DisconnectReason, Session } from "../hub/sessions/session.ts";
import type { ProvisioningSession } from "../provisioning/provisioning-session.ts";

/** The service behind an accepted connection: the hub, or the provisioning service. */
export interface PacketHandler {
  /** The identity: `device`, `device/module` or `$dps/{registration id}`. */
  readonly key: string;
  readonly sessionPresent: boolean;
  /** In seconds. */
  readonly keepAlive: number;
  /** Called after CONNACK. */
  ready(): void;
  /** Handles a topic filter of a SUBSCRIBE and returns its code in the SUBACK. */
  subscribe(filter: string, qos: 0 | 1 | 2): 0 | 1 | 128;
  /** Called after SUBACK. */
  subscribed(): void;
  unsubscribe(filter: string): void;
  /** Returns why the connection must be closed, `cut` if a fault demands it, or `undefined` if the packet is valid. */
  publish(publish: InboundPublish): string | undefined;
  acknowledge(packetId: number): void;
  pinged(): void;
  ended(reason: DisconnectReason, detail: string | undefined): void;
}

/** Passes packets to the hub. */
export class HubHandler implements PacketHandler {
  readonly #hub: Hub;
  readonly #session: Session;

  constructor(hub: Hub, session: Session) {
    this.#hub = hub;
    this.#session = session;
  }

  get key(): string {
    return this.#session.key;
  }

  get sessionPresent(): boolean {
    return this.#session.sessionPresent;
  }

  get keepAlive(): number {
    return this.#session.connectFields.keepAlive;
  }

  ready(): void {
    this.#hub.operations.ready(this.#session);
  }

  subscribe(filter: string, qos: 0 | 1 | 2): 0 | 1 | 128 {
    return this.#hub.operations.subscribe(this.#session, filter, qos);
  }

  subscribed(): void {
    this.#hub.operations.subscribed(this.#session);
  }

  unsubscribe(filter: string): void {
    this.#hub.operations.unsubscribe(this.#session, filter);
  }

  publish(publish: InboundPublish): string | undefined {
    return this.#hub.operations.publish(this.#session, publish);
  }

  acknowledge(packetId: number): void {
    this.#hub.operations.acknowledge(this.#session, packetId);
  }

  pinged(): void {
    this.#hub.events.emit("pingReceived", this.#session.identity, {});
  }

  ended(reason: DisconnectReason, detail: string | undefined): void {
    this.#hub.operations.disconnected(this.#session, reason, detail);
  }
}

/** Passes packets to the provisioning service, which has no persistent sessions. */
export function registrationHandler(session: ProvisioningSession, keepAlive: number): PacketHandler {
  const ignore = (): void => {};
  return {
    key: session.key,
    sessionPresent: false,
    keepAlive,
    ready: ignore,
    subscribe: (filter, qos) => session.subscribe(filter, qos),
    subscribed: ignore,
    unsubscribe: (filter) => session.unsubscribe(filter),
    publish: ({ topic, qos, payload }) => session.publish(topic, qos, payload),
    acknowledge: ignore,
    pinged: ignore,
    ended: ignore,
  };
}
