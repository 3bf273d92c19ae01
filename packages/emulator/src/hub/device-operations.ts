import type { Configurations } from "./configurations/configurations.ts";
import type { C2d } from "./deliveries/c2d.ts";
import type { Inputs } from "./deliveries/inputs.ts";
import type { EventFeed } from "./events/event-feed.ts";
import type { Ingestion } from "./ingestion.ts";
import type { Throttles } from "./limits/throttles.ts";
import type { Methods } from "./methods.ts";
import type { DisconnectReason, Session } from "./sessions/session.ts";
import type { Sessions } from "./sessions/sessions.ts";
import { eventsBag, parseInboundTopic } from "./sessions/topics.ts";
import type { Twins } from "./twins/twins.ts";
import type { IdentityViews } from "./views/identity-views.ts";

/** A PUBLISH from a device. */
export interface InboundPublish {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly dup: boolean;
}

/** The parts of a hub that devices use. */
export interface DeviceServices {
  readonly sessions: Sessions;
  readonly events: EventFeed;
  readonly twins: Twins;
  readonly methods: Methods;
  readonly c2d: C2d;
  readonly inputs: Inputs;
  readonly views: IdentityViews;
  readonly ingestion: Ingestion;
  readonly configurations: Configurations;
  readonly throttles: Throttles;
}

/** Carries out what devices and modules request in their sessions, from CONNACK to the end of the connection. */
export class DeviceOperations {
  readonly #hub: DeviceServices;

  constructor(hub: DeviceServices) {
    this.#hub = hub;
  }

  /** Starts a session, after its CONNACK was sent: messages that wait for the device follow. */
  ready(session: Session): void {
    if (session.ended) return;
    session.live = true;
    this.#hub.views.note(session);
    const { connection, sessionPresent, connectFields } = session;
    const { transport, remoteAddress } = connection;
    const { clean } = connectFields;
    this.#hub.events.emit("deviceConnected", session.identity, {
      transport,
      remoteAddress,
      sessionPresent,
      clean,
    });
    this.#hub.configurations.evaluate(session.identity);
    this.#resume(session);
  }

  /** Handles a topic filter of a SUBSCRIBE and returns its code in the SUBACK. */
  subscribe(session: Session, filter: string, qos: 0 | 1 | 2): 0 | 1 | 128 {
    if (session.ended) return 128;
    const requested = qos === 2 ? 1 : qos;
    const granted = this.#hub.sessions.subscribe(session, filter, requested) ? requested : 128;
    this.#hub.events.emit("subscribed", session.identity, { filter, granted });
    return granted;
  }

  /** Resumes a session after a SUBACK was sent: messages that wait for the subscription follow. */
  subscribed(session: Session): void {
    if (session.live && !session.ended) this.#resume(session);
  }

  unsubscribe(session: Session, filter: string): void {
    if (session.ended || !this.#hub.sessions.unsubscribe(session, filter)) return;
    this.#hub.events.emit("unsubscribed", session.identity, { filter });
    if (this.#queueQos(session) === undefined) this.#queuesOf(session).detach(session, false);
  }

  /** Handles a PUBLISH. Returns why the connection must be closed, or `undefined` if the packet is valid. */
  publish(session: Session, publish: InboundPublish): string | undefined {
    if (publish.qos === 2) return "QoS 2 is not supported";
    const topic = parseInboundTopic(publish.topic, session.identity);
    if (topic === undefined) return `this identity may not publish to the topic '${publish.topic}'`;
    const { payload, retain, dup } = publish;
    if (topic.kind === "telemetry") {
      return this.#hub.ingestion.accept(session, { bag: topic.bag, payload, retain, dup })?.message;
    }
    if (this.#hub.throttles.isBasic) return "a basic tier has no twins and methods";
    if (topic.kind === "twinGet") this.#hub.twins.get(session, topic.rid);
    else if (topic.kind === "reportedPatch")
      this.#hub.twins.report(session, topic.rid, topic.version, payload);
    else this.#hub.methods.respond(session, topic.rid, topic.status, payload);
    return undefined;
  }

  acknowledge(session: Session, packetId: number): void {
    if (!session.ended) this.#queuesOf(session).acknowledge(session, packetId);
  }

  /** Ends a session, after its connection has ended. Its will is published unless the device sent DISCONNECT. */
  disconnected(session: Session, reason: DisconnectReason, detail?: string): void {
    if (session.ended) return;
    session.ended = true;
    session.expiryTimer?.cancel();
    this.#hub.sessions.remove(session);
    this.#queuesOf(session).detach(session, true);
    this.#hub.methods.disconnected(session);
    const { will } = session.connectFields;
    if (will !== undefined && reason !== "clientDisconnect") {
      const { topic, payload, retain } = will;
      const bag = eventsBag(topic, session.identity) ?? "";
      const added = { "iothub-MessageType": "Will" };
      this.#hub.ingestion.accept(session, { bag, payload, retain, dup: false }, added);
    }
    if (!session.live) return;
    this.#hub.views.note(session);
    const { transport } = session.connection;
    this.#hub.events.emit("deviceDisconnected", session.identity, {
      transport,
      reason,
      ...(detail === undefined ? {} : { detail }),
    });
  }

  #resume(session: Session): void {
    const qos = this.#queueQos(session);
    if (qos !== undefined) this.#queuesOf(session).attach(session, qos);
    this.#hub.methods.ready(session);
  }

  #queueQos({ subscriptions }: Session): 0 | 1 | undefined {
    return subscriptions.qos("c2d") ?? subscriptions.qos("inputs");
  }

  // Devices receive cloud-to-device messages, modules receive messages to their inputs.
  #queuesOf({ identity }: Session): C2d | Inputs {
    return identity.moduleId === undefined ? this.#hub.c2d : this.#hub.inputs;
  }
}
