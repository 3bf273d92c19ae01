import type { Hub, InboundPublish } from "../hub/hub.ts";
import type { DisconnectReason, Session } from "../hub/session.ts";
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
export function hubHandler(hub: Hub, session: Session): PacketHandler {
  return {
    key: session.key,
    sessionPresent: session.sessionPresent,
    keepAlive: session.connectFields.keepAlive,
    ready: () => hub.ready(session),
    subscribe: (filter, qos) => hub.subscribe(session, filter, qos),
    subscribed: () => hub.subscribed(session),
    unsubscribe: (filter) => hub.unsubscribe(session, filter),
    publish: (publish) => hub.publish(session, publish),
    acknowledge: (packetId) => hub.acknowledge(session, packetId),
    pinged: () => hub.events.emit("pingReceived", session.identity, {}),
    ended: (reason, detail) => hub.disconnected(session, reason, detail),
  };
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
