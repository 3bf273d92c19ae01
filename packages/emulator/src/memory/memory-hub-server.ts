import type { Clock, CryptoProvider } from "@isohub/core/runtime";
import { FaultRules } from "../faults/fault-rules.ts";
import { SkewedClock } from "../hub/clock.ts";
import { HostNames } from "../hub/host-names.ts";
import { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";
import { newKey } from "../hub/identities/authentication.ts";
import type { Wire } from "../listeners/wire.ts";
import { MqttServer } from "../mqtt/mqtt-server.ts";
import { Registrations } from "../mqtt/registrations.ts";
import { type LinkedHub, LinkedHubs } from "../provisioning/linked-hubs.ts";
import { LocalDevices } from "../provisioning/local-devices.ts";
import { Provisioning } from "../provisioning/provisioning.ts";
import { conditionOf } from "../query/condition.ts";
import { MemoryStore } from "../store/memory-store.ts";

/** Options of a {@link MemoryHubServer}. */
export interface MemoryHubServerOptions {
  readonly hostName: string;
  readonly clock: Clock;
  readonly telemetryLimit: number;
  readonly makeKey: (() => string) | undefined;
  readonly crypto: CryptoProvider;
}

const mebibyte = 1_048_576;

function refuseCertificate(): never {
  throw new HubError(
    "ArgumentInvalid",
    "A hub in memory reads no certificates. Use startEmulator() on Node.",
  );
}

/** One hub with its provisioning service and its faults, without listeners: connections are handed to it. */
export class MemoryHubServer implements LinkedHub {
  readonly name: string;
  readonly hub: Hub;
  readonly devices: LocalDevices;
  readonly isAvailable = true;
  readonly service: Provisioning;
  readonly faults: FaultRules;
  readonly #hostNames: HostNames;
  readonly #mqtt: MqttServer;
  #isListening = true;

  constructor({ hostName, clock: given, telemetryLimit, makeKey = newKey, crypto }: MemoryHubServerOptions) {
    this.name = hostName;
    const clock = new SkewedClock(given);
    const store = new MemoryStore();
    this.#hostNames = new HostNames([hostName]);
    this.faults = new FaultRules({
      blackHole: (key) => this.#mqtt.withConnection(key, (connection) => connection.blackHole()),
      cut: (key, how) => this.#mqtt.withConnection(key, (connection) => connection.cut(how)),
      send: (key, topic, payload) =>
        this.#mqtt.withConnection(key, (connection) => connection.send(topic, payload)),
      skewClock: (ms) => {
        clock.skewMs = ms;
        this.hub.checkExpiry();
      },
      stopListening: async () => {
        this.#isListening = false;
        this.#mqtt.endAll("rst");
      },
      listenAgain: async () => {
        this.#isListening = true;
      },
    });
    this.hub = new Hub({
      hostNames: this.#hostNames,
      clock,
      name: hostName,
      store: store.scope("hub"),
      sasClockSkewSeconds: 0,
      requireApiVersion: false,
      telemetryLimits: { messages: telemetryLimit, bytes: 128 * mebibyte, bytesPerDevice: 64 * mebibyte },
      twinInterceptor: (session, operation) => this.faults.onTwin(session, operation),
      makeKey,
      crypto,
      parseCertificate: refuseCertificate,
      parseCondition: conditionOf,
      lockSeconds: 60,
      maxDeliveryCount: 10,
    });
    this.devices = new LocalDevices(this.hub, store.scope("hub"));
    const hubs = new LinkedHubs();
    hubs.add(this);
    this.service = new Provisioning({
      hubs,
      clock,
      store: store.scope("provisioning"),
      makeKey,
      idScope: "0ne00000001",
      sasClockSkewSeconds: 0,
      retryAfterSeconds: 1,
      interceptor: (registrationId) => this.faults.onRegister(registrationId),
      parseCertificate: refuseCertificate,
      issueCertificate: refuseCertificate,
      events: () => this.hub.events,
    });
    this.#mqtt = new MqttServer({
      hub: this.hub,
      registrations: new Registrations(this.hub, this.service, this.#hostNames),
      clock: given,
      faults: this.faults,
      schedule: (run) => queueMicrotask(run),
    });
  }

  /** Whether it accepts connections. */
  get isListening(): boolean {
    return this.#isListening;
  }

  host(): string {
    return this.name;
  }

  plainHost(): string {
    return this.name;
  }

  accepts(hostName: string): boolean {
    return this.#hostNames.has(hostName);
  }

  accept(wire: Wire): void {
    this.#mqtt.accept(wire);
  }

  /** Drops the connection of a device or module. Returns false if it isn't connected. */
  kick(key: string): boolean {
    return this.#mqtt.withConnection(key, (connection) => connection.cut("fin", "kicked"));
  }

  close(): void {
    this.hub.end();
    this.hub.events.close();
    this.#mqtt.close();
  }
}
