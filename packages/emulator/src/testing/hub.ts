import type { JsonObject } from "@isohub/core";
import {
  decodeBase64,
  fromUtf8,
  hmacSha256,
  signSasToken,
  symmetricKeySigner,
  utf8,
} from "@isohub/core/internal";
import { VirtualClock } from "@isohub/core/testing";
import type { ConnectOutcome } from "../hub/connecting.ts";
import type { HubEvent } from "../hub/events/events.ts";
import { HostNames } from "../hub/host-names.ts";
import { Hub } from "../hub/hub.ts";
import type { HubOptions } from "../hub/hub-options.ts";
import { newKey } from "../hub/identities/authentication.ts";
import type {
  ConnectFields,
  DeviceConnection,
  DisconnectReason,
  SendOptions,
  Session,
  Transport,
} from "../hub/sessions/session.ts";
import { conditionOf } from "../query/condition.ts";
import { MemoryStore } from "../store/memory-store.ts";

/** A PUBLISH that the hub has sent. */
export interface Sent extends SendOptions {
  readonly topic: string;
  readonly text: string;
}

/** A connection without a socket that records what the hub sends. */
export class FakeConnection implements DeviceConnection {
  readonly transport: Transport = "tls";
  readonly remoteAddress = "127.0.0.1:1";
  readonly sent: Sent[] = [];
  session: Session | undefined;
  ended: DisconnectReason | undefined;
  readonly #hub: Hub;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  send(topic: string, payload: Uint8Array, options: SendOptions = {}): void {
    this.sent.push({ topic, text: fromUtf8(payload), ...options });
  }

  end(reason: DisconnectReason): void {
    this.ended ??= reason;
    if (this.session !== undefined) this.#hub.operations.disconnected(this.session, reason);
  }

  /** Returns the messages that were sent since the last call. */
  take(): Sent[] {
    return this.sent.splice(0);
  }
}

/** A hub on a clock that stands still, with its events. */
export class TestHub extends Hub {
  readonly clock: VirtualClock;
  readonly seen: HubEvent[] = [];

  constructor(clock: VirtualClock, options: Partial<HubOptions> = {}) {
    super({
      hostNames: new HostNames(["localhost", "myhub.azure-devices.net"]),
      clock,
      store: new MemoryStore(),
      sasClockSkewSeconds: 0,
      requireApiVersion: false,
      lockSeconds: 60,
      maxDeliveryCount: 10,
      telemetryLimits: { messages: 1000, bytes: 1e9, bytesPerDevice: 1e9 },
      twinInterceptor: () => undefined,
      makeKey: newKey,
      parseCertificate: () => {
        throw new Error("not a certificate");
      },
      parseCondition: conditionOf,
      ...options,
    });
    this.clock = clock;
    this.events.on((event) => this.seen.push(event));
  }

  /** Returns the types of the events since the last call. */
  takeTypes(): string[] {
    return this.seen.splice(0).map(({ type }) => type);
  }

  async token(clientId: string, seconds = 3600): Promise<string> {
    const [deviceId = "", moduleId] = clientId.split("/");
    const record = this.registry.require(moduleId === undefined ? { deviceId } : { deviceId, moduleId });
    const key = decodeBase64(record.primaryKey) ?? new Uint8Array();
    const path = moduleId === undefined ? deviceId : `${deviceId}/modules/${moduleId}`;
    const expiry = Math.floor(this.clock.now() / 1000) + seconds;
    return signSasToken(symmetricKeySigner(key, hmacSha256), `localhost/devices/${path}`, expiry);
  }

  /** Sends a CONNECT, which the hub accepts or refuses. */
  async attempt(
    clientId: string,
    {
      token,
      userName,
      ...connectFields
    }: Partial<ConnectFields> & { token?: string | undefined; userName?: string } = {},
  ): Promise<{ outcome: ConnectOutcome; connection: FakeConnection }> {
    const connection = new FakeConnection(this);
    const password = token ?? (await this.token(clientId).catch(() => "none"));
    const outcome = await this.connect({
      connectFields: { clientId, clean: false, keepAlive: 60, ...connectFields },
      userName: userName ?? `localhost/${clientId}/?api-version=2021-04-12`,
      password: utf8(password),
      connection,
    });
    if ("session" in outcome) connection.session = outcome.session;
    return { outcome, connection };
  }

  /** Connects a device, up to its CONNACK. */
  async device(
    clientId: string,
    connectFields: Partial<ConnectFields> & { token?: string } = {},
  ): Promise<{ session: Session; connection: FakeConnection }> {
    const { outcome, connection } = await this.attempt(clientId, connectFields);
    if ("reason" in outcome) throw new Error(`refused: ${outcome.detail}`);
    this.operations.ready(outcome.session);
    return { session: outcome.session, connection };
  }

  /** Sends a SUBSCRIBE, up to its SUBACK. */
  listen(session: Session, filter: string, qos: 0 | 1 | 2 = 1): 0 | 1 | 128 {
    const granted = this.operations.subscribe(session, filter, qos);
    this.operations.subscribed(session);
    return granted;
  }

  /** Sends a PUBLISH; returns why it closes the connection, if it does. */
  from(
    session: Session,
    topic: string,
    body: string | Uint8Array | JsonObject = "",
    qos: 0 | 1 | 2 = 1,
  ): string | undefined {
    const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
    const payload = typeof text === "string" ? utf8(text) : text;
    return this.operations.publish(session, { topic, payload, qos, retain: false, dup: false });
  }
}

/** Creates a hub with one device, `d1`. */
export function testHub(options: Partial<HubOptions> = {}): TestHub {
  const hub = new TestHub(new VirtualClock(), options);
  hub.identities.create({ deviceId: "d1" }, {});
  hub.seen.length = 0;
  return hub;
}
