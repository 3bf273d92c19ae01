import type { Session } from "./hub/session.ts";
import type { TwinFault, TwinOperation } from "./hub/twins.ts";
import type { BrokerFaults } from "./listeners/broker.ts";
import type { Verdict } from "./listeners/device-stream.ts";
import { packetType } from "./listeners/packet-scanner.ts";

/** An answer the hub can be made to swallow. `twin` are answers to twin requests. */
export type MutedAnswer = "puback" | "suback" | "pingresp" | "twin";

/** How a TCP connection ends: in order (FIN) or not (RST). */
export type CutStyle = "fin" | "rst";

/** What a rule for connecting is limited to. */
export interface ConnectFaultOptions {
  /** How many CONNECTs it applies to; 1 when left out. */
  times?: number;
  /** Only CONNECTs of this device (or `device/module`); of any when left out. */
  deviceId?: string;
}

/** How a twin request fails. */
export interface TwinFaultOptions {
  /** The status of the answer, such as 429. */
  status: number;
  /** Put into the topic of the answer as `retry-after`, in seconds. */
  retryAfterSeconds?: number;
  /** How many requests fail; 1 when left out. */
  times?: number;
  /** Only reads or only reported patches; both when left out. */
  operation?: TwinOperation;
}

/** When and how a connection is cut. Without a count it is cut now. */
export interface DropOptions {
  /** `rst` when left out: what an interrupted network looks like. */
  how?: CutStyle;
  /** Cut when this many more PUBLISH packets have been taken in; the last one is stored and never acknowledged. */
  afterPublishes?: number;
  /** Cut when this many more bytes have been received; whole packets among them are taken in. */
  afterBytes?: number;
}

/**
 * Things that go wrong, on demand and the same way each time. A rule stays until it is used up or {@link Faults.clear}
 * is called; `deviceId` may also be `device/module`, and need not be connected yet.
 */
export interface Faults {
  /** Answers the next CONNECTs with this return code. */
  refuseConnects(returnCode: 1 | 2 | 3 | 4 | 5, options?: ConnectFaultOptions): void;
  /** Leaves the next CONNECTs without a CONNACK; the connection stays open. */
  withholdConnack(options?: ConnectFaultOptions): void;
  /** Swallows answers to a device, for ever or `times` times. */
  mute(answer: MutedAnswer, deviceId: string, options?: { times?: number }): void;
  /** Ends a `mute`. */
  unmute(answer: MutedAnswer, deviceId: string): void;
  /** Holds every PUBACK to a device back by `ms` milliseconds; 0 ends it. */
  delayPuback(deviceId: string, ms: number): void;
  /** Makes twin requests of a device fail. */
  failTwin(deviceId: string, options: TwinFaultOptions): void;
  /** Neither reads from nor writes to the connection any more and leaves its socket open. False without a connection. */
  blackHole(deviceId: string): boolean;
  /** Cuts the connection, now or after a count. False when it is to be cut now and there is none. */
  drop(deviceId: string, options?: DropOptions): boolean;
  /** Sends a publish of any topic and payload at QoS 0. False without a connection. */
  publishRaw(deviceId: string, topic: string, payload: string | Uint8Array): boolean;
  /** Sets the hub's clock ahead by this many seconds (back if negative); tokens that have expired by it end at once. */
  skewClock(seconds: number): void;
  /**
   * The hub goes down: its TLS port is closed, every device is cut off, and on the plain port devices are turned away
   * while the control API stays.
   */
  stopListening(): Promise<void>;
  /** The hub is back on the same ports. */
  listenAgain(): Promise<void>;
  /** Ends all of it. */
  clear(): Promise<void>;
}

/** What the rules act on. */
export interface FaultTargets {
  blackHole(key: string): boolean;
  cut(key: string, how: CutStyle): boolean;
  send(key: string, topic: string, payload: Uint8Array): boolean;
  skewClock(ms: number): void;
  stopListening(): Promise<void>;
  listenAgain(): Promise<void>;
}

interface ConnectRule {
  readonly act: "withhold" | { readonly returnCode: 1 | 2 | 3 | 4 | 5 };
  readonly key: string | undefined;
  left: number;
}

interface CutRule {
  readonly how: CutStyle;
  publishes: number | undefined;
  bytes: number | undefined;
}

const mutedTypes: ReadonlyMap<number, MutedAnswer> = new Map([
  [packetType.puback, "puback"],
  [packetType.suback, "suback"],
  [packetType.pingresp, "pingresp"],
]);

/** The rules in force, and what is left of each. */
export class FaultBook implements Faults, BrokerFaults {
  readonly #targets: FaultTargets;
  readonly #mutes = new Map<string, number>();
  readonly #delays = new Map<string, number>();
  readonly #cuts = new Map<string, CutRule>();
  #connects: ConnectRule[] = [];
  #twins: (TwinFaultOptions & { readonly key: string; left: number })[] = [];

  constructor(targets: FaultTargets) {
    this.#targets = targets;
  }

  refuseConnects(returnCode: 1 | 2 | 3 | 4 | 5, { times = 1, deviceId }: ConnectFaultOptions = {}): void {
    this.#connects.push({ act: { returnCode }, key: deviceId, left: times });
  }

  withholdConnack({ times = 1, deviceId }: ConnectFaultOptions = {}): void {
    this.#connects.push({ act: "withhold", key: deviceId, left: times });
  }

  mute(
    answer: MutedAnswer,
    deviceId: string,
    { times = Number.POSITIVE_INFINITY }: { times?: number } = {},
  ): void {
    this.#mutes.set(`${answer} ${deviceId}`, times);
  }

  unmute(answer: MutedAnswer, deviceId: string): void {
    this.#mutes.delete(`${answer} ${deviceId}`);
  }

  delayPuback(deviceId: string, ms: number): void {
    if (ms > 0) this.#delays.set(deviceId, ms);
    else this.#delays.delete(deviceId);
  }

  failTwin(deviceId: string, options: TwinFaultOptions): void {
    this.#twins.push({ ...options, key: deviceId, left: options.times ?? 1 });
  }

  blackHole(deviceId: string): boolean {
    return this.#targets.blackHole(deviceId);
  }

  drop(deviceId: string, { how = "rst", afterPublishes, afterBytes }: DropOptions = {}): boolean {
    if (afterPublishes === undefined && afterBytes === undefined) return this.#targets.cut(deviceId, how);
    this.#cuts.set(deviceId, { how, publishes: afterPublishes, bytes: afterBytes });
    return true;
  }

  publishRaw(deviceId: string, topic: string, payload: string | Uint8Array): boolean {
    const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
    return this.#targets.send(deviceId, topic, bytes);
  }

  skewClock(seconds: number): void {
    this.#targets.skewClock(seconds * 1000);
  }

  stopListening(): Promise<void> {
    return this.#targets.stopListening();
  }

  listenAgain(): Promise<void> {
    return this.#targets.listenAgain();
  }

  async clear(): Promise<void> {
    this.#connects = [];
    this.#twins = [];
    this.#mutes.clear();
    this.#delays.clear();
    this.#cuts.clear();
    this.#targets.skewClock(0);
    await this.#targets.listenAgain();
  }

  /** @see BrokerFaults.onConnect */
  onConnect(clientId: string): "withhold" | { readonly returnCode: 1 | 2 | 3 | 4 | 5 } | undefined {
    const rule = this.#connects.find(({ key, left }) => left > 0 && (key === undefined || key === clientId));
    if (rule === undefined) return undefined;
    rule.left--;
    return rule.act;
  }

  /** @see LinkFaults.judge */
  judge(key: string | undefined, type: number): Verdict {
    const answer = mutedTypes.get(type);
    if (key === undefined || answer === undefined) return "pass";
    if (this.#isMuted(answer, key)) return "drop";
    const delayMs = answer === "puback" ? this.#delays.get(key) : undefined;
    return delayMs === undefined ? "pass" : { delayMs };
  }

  /** @see LinkFaults.receiveLimit */
  receiveLimit(key: string | undefined, bytes: number): number | undefined {
    const rule = key === undefined ? undefined : this.#cuts.get(key);
    if (rule?.bytes === undefined) return undefined;
    const allowed = rule.bytes;
    rule.bytes = Math.max(0, allowed - bytes);
    return allowed;
  }

  /** @see LinkFaults.countPublish */
  countPublish(key: string): CutStyle | undefined {
    const rule = this.#cuts.get(key);
    if (rule?.publishes === undefined || --rule.publishes > 0) return undefined;
    return this.cutting(key);
  }

  /** @see LinkFaults.cutting */
  cutting(key: string | undefined): CutStyle {
    const rule = key === undefined ? undefined : this.#cuts.get(key);
    if (key !== undefined) this.#cuts.delete(key);
    return rule?.how ?? "rst";
  }

  /** What happens to a twin request of a device. */
  onTwin({ key }: Session, operation: TwinOperation): TwinFault | undefined {
    if (this.#isMuted("twin", key)) return "silence";
    const rule = this.#twins.find(
      (one) =>
        one.left > 0 && one.key === key && (one.operation === undefined || one.operation === operation),
    );
    if (rule === undefined) return undefined;
    rule.left--;
    const { status, retryAfterSeconds } = rule;
    return { status, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
  }

  #isMuted(answer: MutedAnswer, key: string): boolean {
    const name = `${answer} ${key}`;
    const left = this.#mutes.get(name);
    if (left === undefined) return false;
    if (left > 1) this.#mutes.set(name, left - 1);
    else this.#mutes.delete(name);
    return true;
  }
}
