import { type Clock, setTimerAt } from "@isohub/core/internal";
import { newKey } from "./authentication.ts";
import { C2d } from "./c2d.ts";
import { CertificateAuthorities } from "./certificate-authorities.ts";
import { admit, type ConnectOutcome, type ConnectRequest } from "./connecting.ts";
import {
  type AuthContext,
  authenticate,
  authorize,
  type Denial,
  type Proof,
  type ShownCredentials,
} from "./credentials.ts";
import type { DeliveryRules } from "./delivery-queue.ts";
import { EventFeed } from "./event-feed.ts";
import type { EventBody } from "./events.ts";
import type { HostNames } from "./host-names.ts";
import { type Identity, identityKey, parseIdentity } from "./identity.ts";
import { IdentityViews } from "./identity-views.ts";
import { Inputs } from "./inputs.ts";
import { Methods } from "./methods.ts";
import { builtInPolicies, type Permission, type SharedAccessPolicy } from "./policies.ts";
import { type IdentityOptions, type IdentityRecord, Registry } from "./registry.ts";
import type { DisconnectReason, Session } from "./session.ts";
import { Sessions } from "./sessions.ts";
import { TelemetryLog, type TelemetryMessage } from "./telemetry.ts";
import { eventsBag, filterKind, parseInboundTopic } from "./topics.ts";
import { type TwinInterceptor, Twins } from "./twins.ts";
import { Uploads } from "./uploads.ts";

/** What a hub is made of. */
export interface HubOptions extends DeliveryRules {
  readonly hostNames: HostNames;
  readonly clock: Clock;
  readonly sasClockSkewSeconds: number;
  readonly telemetryLimit: number;
  readonly twinInterceptor: TwinInterceptor;
}

/** A PUBLISH of a device. */
export interface InboundPublish {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly dup: boolean;
}

/**
 * The hub: who may connect, what their messages mean, what waits for them. It has no sockets; listeners bring
 * connections to it and carry out what it says.
 */
export class Hub {
  readonly registry: Registry;
  readonly events: EventFeed;
  readonly sessions: Sessions;
  readonly telemetry: TelemetryLog;
  readonly twins: Twins;
  readonly methods: Methods;
  readonly c2d: C2d;
  readonly inputs: Inputs;
  readonly uploads: Uploads;
  readonly views: IdentityViews;
  readonly policies: ReadonlyMap<string, SharedAccessPolicy>;
  readonly authorities: CertificateAuthorities = new CertificateAuthorities();
  readonly #authContext: AuthContext;
  readonly #clock: Clock;

  constructor(options: HubOptions) {
    this.#clock = options.clock;
    this.registry = new Registry(options.clock);
    this.events = new EventFeed(options.clock);
    this.sessions = new Sessions();
    this.telemetry = new TelemetryLog(options.clock, options.telemetryLimit);
    this.twins = new Twins(options.clock, this.sessions, this.events, options.twinInterceptor);
    this.methods = new Methods(options.clock, this.sessions, this.events);
    this.c2d = new C2d(options.clock, this.registry, this.events, options);
    this.inputs = new Inputs(options.clock, this.registry, this.events, options);
    this.uploads = new Uploads(options.clock, this.registry, this.events);
    this.policies = builtInPolicies(newKey);
    const { clock, hostNames, sasClockSkewSeconds } = options;
    const { registry, policies, authorities, sessions, twins, c2d } = this;
    this.views = new IdentityViews({ clock, registry, sessions, twins, c2d });
    this.#authContext = { clock, hostNames, sasClockSkewSeconds, registry, policies, authorities };
  }

  /** Lets a connection in or refuses it. A refusal without a return code closes the connection without a word. */
  async connect(request: ConnectRequest): Promise<ConnectOutcome> {
    const outcome = await admit(this.#authContext, request);
    if ("reason" in outcome) {
      this.refused(request.connectFields.clientId, outcome);
      return outcome;
    }
    const { session } = outcome;
    this.sessions.open(session);
    if (session.expiresAt !== undefined) {
      session.expiryTimer = setTimerAt(this.#clock, session.expiresAt + 1, () => this.checkExpiry());
    }
    return outcome;
  }

  /** Whether whoever sends a request is the identity they say to be. */
  authenticate(identity: Identity, shown: ShownCredentials): Promise<Proof | Denial> {
    return authenticate(this.#authContext, identity, shown);
  }

  /** Whether a token of a policy allows a service something. Returns why not, or `undefined` when it does. */
  authorize(token: string, permission: Permission, path: readonly string[]): Promise<string | undefined> {
    return authorize(this.#authContext, token, permission, path);
  }

  /** Tells that a client that called itself this was turned away. */
  refused(clientId: string, refusal: EventBody<"connectionRefused">): void {
    this.events.emit("connectionRefused", parseIdentity(clientId) ?? { deviceId: clientId }, refusal);
  }

  /** Ends the connections whose tokens have expired. Needs to be called by hand only when the clock was set. */
  checkExpiry(): void {
    const now = this.#clock.now();
    for (const { expiresAt, connection } of this.sessions.list()) {
      if (expiresAt !== undefined && expiresAt < now) connection.end("tokenExpired");
    }
  }

  /** The CONNACK has gone out: what waited for the device may follow. */
  ready(session: Session): void {
    if (session.ended) return;
    session.live = true;
    this.views.note(session);
    const { connection, sessionPresent, connectFields } = session;
    const { transport, remoteAddress } = connection;
    const { clean } = connectFields;
    this.events.emit("deviceConnected", session.identity, {
      transport,
      remoteAddress,
      sessionPresent,
      clean,
    });
    this.#resume(session);
  }

  /** Something to listen to was asked for; returns what the SUBACK says. */
  subscribe(session: Session, filter: string, qos: 0 | 1 | 2): 0 | 1 | 128 {
    const kind = filterKind(filter, session.identity);
    const granted = qos === 2 ? 1 : qos;
    if (kind !== undefined && !session.ended) this.sessions.subscribe(session, kind, granted);
    this.events.emit("subscribed", session.identity, { filter, granted: kind === undefined ? 128 : granted });
    return kind === undefined ? 128 : granted;
  }

  /** The SUBACK has gone out: what waited for the subscription may follow. */
  subscribed(session: Session): void {
    if (session.live && !session.ended) this.#resume(session);
  }

  unsubscribe(session: Session, filter: string): void {
    const kind = filterKind(filter, session.identity);
    if (kind === undefined || session.ended) return;
    this.sessions.unsubscribe(session, kind);
    this.events.emit("unsubscribed", session.identity, { filter });
    if (kind === "c2d" || kind === "inputs") this.#mailOf(session).detach(session, false);
  }

  /** Takes a PUBLISH in. Returns why the connection must be closed, or `undefined` when all is well. */
  publish(session: Session, publish: InboundPublish): string | undefined {
    if (publish.qos === 2) return "QoS 2 is not supported";
    const topic = parseInboundTopic(publish.topic, session.identity);
    if (topic === undefined) return `the topic '${publish.topic}' is not one this identity may publish to`;
    const { payload } = publish;
    if (topic.kind === "telemetry") return this.#takeTelemetry(session, topic.bag, publish);
    if (topic.kind === "twinGet") this.twins.get(session, topic.rid);
    else if (topic.kind === "reportedPatch") this.twins.report(session, topic.rid, topic.version, payload);
    else this.methods.answer(session, topic.rid, topic.status, payload);
    return undefined;
  }

  acknowledge(session: Session, packetId: number): void {
    if (!session.ended) this.#mailOf(session).acknowledge(session, packetId);
  }

  /** A connection has ended. The will is published unless the device said goodbye. */
  disconnected(session: Session, reason: DisconnectReason, detail?: string): void {
    if (session.ended) return;
    session.ended = true;
    session.expiryTimer?.cancel();
    this.sessions.remove(session);
    this.#mailOf(session).detach(session, true);
    this.methods.disconnected(session);
    const { will } = session.connectFields;
    if (will !== undefined && reason !== "clientDisconnect") {
      const bag = eventsBag(will.topic, session.identity) ?? "";
      const added = { "iothub-MessageType": "Will" };
      this.#takeTelemetry(session, bag, { ...will, dup: false }, added);
    }
    if (!session.live) return;
    this.views.note(session);
    const { transport } = session.connection;
    this.events.emit("deviceDisconnected", session.identity, {
      transport,
      reason,
      ...(detail === undefined ? {} : { detail }),
    });
  }

  create(identity: Identity, options: IdentityOptions): IdentityRecord {
    const record = this.registry.create(identity, options);
    this.events.emit("deviceCreated", identity, {});
    return record;
  }

  /** Changes an identity; disabling it ends its connection. */
  update(identity: Identity, options: IdentityOptions): IdentityRecord {
    const record = this.registry.update(identity, options);
    this.events.emit("deviceUpdated", identity, {});
    if (record.status === "disabled") this.#end(identity, "deviceDisabled");
    return record;
  }

  /** Deletes an identity and all that belongs to it, and ends its connection. */
  delete(identity: Identity): void {
    this.registry.require(identity);
    if (identity.moduleId === undefined) {
      this.c2d.forget(identity.deviceId);
      this.uploads.forget(identity.deviceId);
    }
    for (const removed of this.registry.delete(identity)) {
      this.#end(removed, "deviceDeleted");
      if (removed.moduleId !== undefined) this.inputs.forget(removed);
      this.twins.forget(removed);
      this.sessions.forget(identityKey(removed));
      this.views.forget(removed);
      const { deviceId, moduleId } = removed;
      this.events.emit("deviceDeleted", { deviceId, ...(moduleId === undefined ? {} : { moduleId }) }, {});
    }
  }

  /** Ends every connection and everything that waits. */
  close(): void {
    for (const session of this.sessions.list()) session.connection.end("hubStopped");
    this.methods.close();
    this.telemetry.close();
    this.c2d.close();
    this.inputs.close();
    this.events.close();
  }

  #resume(session: Session): void {
    const qos = session.subscriptions.get("c2d") ?? session.subscriptions.get("inputs");
    if (qos !== undefined) this.#mailOf(session).attach(session, qos);
    this.methods.ready(session);
  }

  // What waits for a device are messages from the cloud, what waits for a module are messages to its inputs.
  #mailOf({ identity }: Session): C2d | Inputs {
    return identity.moduleId === undefined ? this.c2d : this.inputs;
  }

  // A device takes its modules with it.
  #end({ deviceId, moduleId }: Identity, reason: DisconnectReason): void {
    for (const { identity, connection } of this.sessions.list()) {
      if (identity.deviceId !== deviceId) continue;
      if (moduleId === undefined || identity.moduleId === moduleId) connection.end(reason);
    }
  }

  #takeTelemetry(
    session: Session,
    bag: string,
    publish: Pick<InboundPublish, "payload" | "retain" | "dup">,
    added: Readonly<Record<string, string>> = {},
  ): string | undefined {
    const { identity } = session;
    const retained = publish.retain ? { ...added, "mqtt-retain": "true" } : added;
    const sent = { bag, body: publish.payload, added: retained };
    const way = this.inputs.route(identity, sent);
    if (way === "routed") return undefined;
    const { dup } = publish;
    const connection = this.#connectionProperties(session);
    const message: TelemetryMessage | undefined =
      way === "tooLarge" ? undefined : this.telemetry.add({ ...sent, identity, connection, dup });
    if (message === undefined) return "the message is larger than 256 KB";
    const { sequenceNumber, body } = message;
    this.events.emit("telemetry", session.identity, { sequenceNumber, bytes: body.length });
    return undefined;
  }

  #connectionProperties(session: Session): Readonly<Record<string, string>> {
    const { deviceId, moduleId } = session.identity;
    const { authScope, authType, modelId } = session.clientInfo;
    const issuer = authType === "x509" ? "external" : "iothub";
    return {
      connectionDeviceId: deviceId,
      ...(moduleId === undefined ? {} : { connectionModuleId: moduleId }),
      connectionDeviceGenerationId: this.registry.find(session.identity)?.generationId ?? "",
      connectionAuthMethod: `{"scope":"${authScope}","type":"${authType}","issuer":"${issuer}","acceptingIpFilterRule":null}`,
      ...(modelId === undefined ? {} : { dataSchema: modelId }),
    };
  }
}
