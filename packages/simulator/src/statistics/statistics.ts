import { tierLimits } from "@isohub/emulator/control-client";
import { identityName, type SimulatedIdentity } from "../plan/identity.ts";
import type { DeviceObserver, SentMessage } from "./device-observer.ts";
import { addDigests, digestText, MessageDigest } from "./digest.ts";
import { Histogram, type HistogramJson } from "./histogram.ts";

/** Counters of a run. Those of the parts of a fleet add up to those of the fleet. */
export interface Counts {
  /** Devices and modules that are connected now. */
  readonly connected: number;
  /** The most devices and modules that were connected at once. */
  readonly connectedMax: number;
  /** Connections after the first one of each device or module. */
  readonly reconnections: number;
  readonly sent: number;
  readonly acknowledged: number;
  /** Messages that their devices gave up on. */
  readonly failed: number;
  /** Messages in flight. */
  readonly pending: number;
  readonly methodCalls: number;
  /** Patches of desired properties, the first reading of them included. */
  readonly desiredPatches: number;
  readonly reportedPatches: number;
  /** Cloud-to-device messages, and messages for inputs of modules. */
  readonly received: number;
  readonly uploads: number;
  /** The bytes of MQTT packets, sent and received. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Messages as the hub's quota counts them: one for each 4 kB that have begun. */
  readonly quotaUnits: number;
  /** Connections that the scenario itself broke: those of storms, and of methods that reconnect. They aren't errors. */
  readonly brokenConnections: number;
  /** The number of errors by their codes, among them the reasons of lost connections. */
  readonly errors: Readonly<Record<string, number>>;
  /** The time from sending a message to its acknowledgement. */
  readonly ackMs: HistogramJson;
  /** The time from beginning to connect until the hub has accepted the device. */
  readonly connectMs: HistogramJson;
  /** A digest of all messages in the order of each device: equal for equal messages. */
  readonly digest: string;
}

/** A device whose messages and traffic are counted. */
export interface CountedDevice {
  readonly identity: SimulatedIdentity;
  /** The bytes of MQTT packets. */
  readonly traffic: { readonly sent: number; readonly received: number };
}

type Observer = Required<DeviceObserver<CountedDevice>>;

const { bytesPerMessage } = tierLimits.S1;

/** Counts what devices do. */
export class Statistics implements DeviceObserver<CountedDevice> {
  readonly #devices: () => Iterable<CountedDevice>;
  readonly #digests = new Map<CountedDevice, MessageDigest>();
  readonly #hasConnected = new Set<CountedDevice>();
  readonly #errors = new Map<string, number>();
  readonly #counted = new WeakSet<object>();
  readonly #ackMs = new Histogram();
  readonly #connectMs = new Histogram();
  #connected = 0;
  #connectedMax = 0;
  #reconnections = 0;
  #brokenConnections = 0;
  #sent = 0;
  #acknowledged = 0;
  #failed = 0;
  #methodCalls = 0;
  #desiredPatches = 0;
  #reportedPatches = 0;
  #received = 0;
  #uploads = 0;
  #quotaUnits = 0;

  /** @param devices - whose traffic counts */
  constructor(devices: () => Iterable<CountedDevice>) {
    this.#devices = devices;
  }

  onState: Observer["onState"] = (_device, state, before) => {
    if (before.status === "connected" && state.status !== "connected") this.#connected--;
    if (state.status === "waiting" && state.reason !== undefined) this.#countError(state.reason);
  };

  onConnected: Observer["onConnected"] = (device, ms) => {
    this.#connected++;
    this.#connectedMax = Math.max(this.#connectedMax, this.#connected);
    this.#connectMs.add(ms);
    if (this.#hasConnected.has(device)) this.#reconnections++;
    this.#hasConnected.add(device);
  };

  onBroken: Observer["onBroken"] = (_device, error) => {
    this.#brokenConnections++;
    this.#counted.add(error);
  };

  onSent: Observer["onSent"] = (device, message) => {
    this.#sent++;
    this.#quotaUnits += Math.max(1, Math.ceil(message.bytes / bytesPerMessage));
    const digest = this.#digests.get(device) ?? new MessageDigest(identityName(device.identity));
    this.#digests.set(device, digest);
    digest.add(contentOf(message));
  };

  onAcknowledged: Observer["onAcknowledged"] = (_device, _message, ms) => {
    this.#acknowledged++;
    this.#ackMs.add(ms);
  };

  onFailed: Observer["onFailed"] = (_device, _message, error) => {
    this.#failed++;
    this.#count(codeOf(error));
  };

  onError: Observer["onError"] = (_device, _operation, error) => this.#countError(error);

  onMethodCall = (): void => {
    this.#methodCalls++;
  };

  onDesired = (): void => {
    this.#desiredPatches++;
  };

  onReported = (): void => {
    this.#reportedPatches++;
  };

  onReceived = (): void => {
    this.#received++;
  };

  onUploaded = (): void => {
    this.#uploads++;
  };

  /** Returns the counts so far. */
  counts(): Counts {
    let [bytesSent, bytesReceived] = [0, 0];
    for (const { traffic } of this.#devices()) {
      bytesSent += traffic.sent;
      bytesReceived += traffic.received;
    }
    return {
      connected: this.#connected,
      connectedMax: this.#connectedMax,
      reconnections: this.#reconnections,
      brokenConnections: this.#brokenConnections,
      sent: this.#sent,
      acknowledged: this.#acknowledged,
      failed: this.#failed,
      pending: this.#sent - this.#acknowledged - this.#failed,
      methodCalls: this.#methodCalls,
      desiredPatches: this.#desiredPatches,
      reportedPatches: this.#reportedPatches,
      received: this.#received,
      uploads: this.#uploads,
      bytesSent,
      bytesReceived,
      quotaUnits: this.#quotaUnits,
      errors: Object.fromEntries([...this.#errors].sort()),
      ackMs: this.#ackMs.toJSON(),
      connectMs: this.#connectMs.toJSON(),
      digest: digestText(addDigests(...[...this.#digests.values()].map(({ value }) => value))),
    };
  }

  /** An error is often both the reason of a state and an exception. */
  #countError(error: unknown): void {
    const key = Object(error) as { readonly cause?: unknown };
    // A connection that breaks before the hub has accepted the device is the cause of another error.
    if (this.#counted.has(key) || this.#counted.has(Object(key.cause))) return;
    this.#counted.add(key);
    this.#count(codeOf(error));
  }

  #count(code: string): void {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }
}

function contentOf({ number, text, properties, output = "" }: SentMessage): string {
  return `${number}\n${text}\n${JSON.stringify(properties)}\n${output}`;
}

/** The code of an error, or its name. */
export function codeOf(error: unknown): string {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  return typeof code === "string" ? code : String(name ?? "error");
}
