import type { Session } from "../hub/session.ts";
import type { TwinFault, TwinOperation } from "../hub/twins.ts";
import type { Verdict } from "../mqtt/device-stream.ts";
import type { ConnectFault, MqttFaults } from "../mqtt/mqtt-server.ts";
import { packetType } from "../mqtt/packet-scanner.ts";
import {
  type ProvisioningFaultOptions,
  type ProvisioningInterceptor,
  throttle,
} from "../provisioning/provisioning-faults.ts";
import { registrationKey } from "../provisioning/provisioning-session.ts";

/** An answer the hub can be made to swallow. `twin` are answers to twin requests. */
export type MutedAnswer = "puback" | "suback" | "pingresp" | "twin";

/** A return code of CONNACK that refuses. */
export type ConnackRefusal = 1 | 2 | 3 | 4 | 5;

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
 * is called; `deviceId` may also be `device/module`, or `$dps/{registration id}` for the connection of a device that
 * registers, and need not be connected yet.
 */
export interface Faults {
  /** Answers the next CONNECTs with this return code. */
  refuseConnects(returnCode: ConnackRefusal, options?: ConnectFaultOptions): void;
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
  /** Makes the next registration slow, or fail. */
  provisioning(options: ProvisioningFaultOptions): void;
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
  /** The rules in force, of one device or all; those that are used up are gone. */
  rules(deviceId?: string): FaultRule[];
  /** Ends the rules of one device; without a device ends everything, a skewed clock and closed ports too. */
  clear(deviceId?: string): Promise<void>;
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

/** A rule in force. `times`, `afterPublishes` and `afterBytes` are what is left of it; without `times` it is for ever. */
export type FaultRule =
  | { fault: "refuseConnects"; deviceId?: string; returnCode: ConnackRefusal; times: number }
  | { fault: "withholdConnack"; deviceId?: string; times: number }
  | { fault: "mute"; deviceId: string; answer: MutedAnswer; times?: number }
  | { fault: "delayPuback"; deviceId: string; ms: number }
  | ({ fault: "failTwin"; deviceId: string; times: number } & Omit<TwinFaultOptions, "times">)
  | ({ fault: "provisioning"; deviceId?: string } & Omit<ProvisioningFaultOptions, "registrationId">)
  | { fault: "drop"; deviceId: string; how: CutStyle; afterPublishes?: number; afterBytes?: number };

type RuleOf<Fault extends FaultRule["fault"]> = Extract<FaultRule, { fault: Fault }>;

const mutedTypes: ReadonlyMap<number, MutedAnswer> = new Map([
  [packetType.puback, "puback"],
  [packetType.suback, "suback"],
  [packetType.pingresp, "pingresp"],
]);

/** The rules in force, and what is left of each. */
export class FaultRules implements Faults, MqttFaults {
  readonly #targets: FaultTargets;
  #rules: FaultRule[] = [];

  constructor(targets: FaultTargets) {
    this.#targets = targets;
  }

  refuseConnects(returnCode: ConnackRefusal, { times = 1, ...device }: ConnectFaultOptions = {}): void {
    this.#rules.push({ fault: "refuseConnects", ...device, returnCode, times });
  }

  withholdConnack({ times = 1, ...device }: ConnectFaultOptions = {}): void {
    this.#rules.push({ fault: "withholdConnack", ...device, times });
  }

  mute(answer: MutedAnswer, deviceId: string, options: { times?: number } = {}): void {
    this.unmute(answer, deviceId);
    this.#rules.push({ fault: "mute", deviceId, answer, ...options });
  }

  unmute(answer: MutedAnswer, deviceId: string): void {
    this.#drop((rule) => rule.fault === "mute" && rule.answer === answer && rule.deviceId === deviceId);
  }

  delayPuback(deviceId: string, ms: number): void {
    this.#drop((rule) => rule.fault === "delayPuback" && rule.deviceId === deviceId);
    if (ms > 0) this.#rules.push({ fault: "delayPuback", deviceId, ms });
  }

  failTwin(deviceId: string, { times = 1, ...options }: TwinFaultOptions): void {
    this.#rules.push({ fault: "failTwin", deviceId, times, ...options });
  }

  provisioning({ registrationId, ...options }: ProvisioningFaultOptions): void {
    const deviceId = registrationId === undefined ? undefined : registrationKey(registrationId);
    this.#drop((rule) => rule.fault === "provisioning" && rule.deviceId === deviceId);
    this.#rules.push({ fault: "provisioning", ...(deviceId === undefined ? {} : { deviceId }), ...options });
  }

  blackHole(deviceId: string): boolean {
    return this.#targets.blackHole(deviceId);
  }

  drop(deviceId: string, { how = "rst", ...after }: DropOptions = {}): boolean {
    this.#drop((rule) => rule.fault === "drop" && rule.deviceId === deviceId);
    if (after.afterPublishes === undefined && after.afterBytes === undefined) {
      return this.#targets.cut(deviceId, how);
    }
    this.#rules.push({ fault: "drop", deviceId, how, ...after });
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

  rules(deviceId?: string): FaultRule[] {
    const wanted = this.#rules.filter((rule) => deviceId === undefined || rule.deviceId === deviceId);
    return wanted.map((rule) => ({ ...rule }));
  }

  async clear(deviceId?: string): Promise<void> {
    this.#drop((rule) => deviceId === undefined || rule.deviceId === deviceId);
    if (deviceId !== undefined) return;
    this.#targets.skewClock(0);
    await this.#targets.listenAgain();
  }

  /** @see MqttFaults.onConnect */
  onConnect(clientId: string): ConnectFault | undefined {
    for (const rule of this.#rules) {
      if (rule.fault !== "refuseConnects" && rule.fault !== "withholdConnack") continue;
      if (rule.deviceId !== undefined && rule.deviceId !== clientId) continue;
      this.#use(rule);
      return rule.fault === "withholdConnack" ? "withhold" : { returnCode: rule.returnCode };
    }
    return undefined;
  }

  /** @see ConnectionFaults.judge */
  judge(key: string | undefined, type: number): Verdict {
    if (this.#rules.length === 0) return "pass";
    const answer = mutedTypes.get(type);
    if (key === undefined || answer === undefined) return "pass";
    if (this.#isMuted(answer, key)) return "drop";
    const delay = answer === "puback" ? this.#find("delayPuback", key) : undefined;
    return delay === undefined ? "pass" : { delayMs: delay.ms };
  }

  /** @see ConnectionFaults.receiveLimit */
  receiveLimit(key: string | undefined, bytes: number): number | undefined {
    const rule = this.#find("drop", key);
    if (rule?.afterBytes === undefined) return undefined;
    const allowed = rule.afterBytes;
    rule.afterBytes = Math.max(0, allowed - bytes);
    return allowed;
  }

  /** @see ConnectionFaults.countPublish */
  countPublish(key: string): CutStyle | undefined {
    const rule = this.#find("drop", key);
    if (rule?.afterPublishes === undefined || --rule.afterPublishes > 0) return undefined;
    return this.cutting(key);
  }

  /** @see ConnectionFaults.cutting */
  cutting(key: string | undefined): CutStyle {
    const rule = this.#find("drop", key);
    this.#drop((one) => one === rule);
    return rule?.how ?? "rst";
  }

  /** What happens to a twin request of a device. */
  onTwin({ key }: Session, operation: TwinOperation): TwinFault | undefined {
    if (this.#isMuted("twin", key)) return "silence";
    const rule = this.#find(
      "failTwin",
      key,
      (one) => one.operation === undefined || one.operation === operation,
    );
    if (rule === undefined) return undefined;
    this.#use(rule);
    const { status, retryAfterSeconds } = rule;
    return { status, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
  }

  /** What happens to a request to register. */
  onRegister(registrationId: string): ReturnType<ProvisioningInterceptor> {
    const key = registrationKey(registrationId);
    const rule = this.#rules.find(
      (one): one is RuleOf<"provisioning"> =>
        one.fault === "provisioning" && (one.deviceId === undefined || one.deviceId === key),
    );
    if (rule === undefined) return undefined;
    const throttled = throttle(rule);
    if (throttled === undefined) this.#drop((one) => one === rule);
    return throttled ?? rule;
  }

  #isMuted(answer: MutedAnswer, key: string): boolean {
    const rule = this.#find("mute", key, (one) => one.answer === answer);
    if (rule?.times !== undefined) this.#use(rule);
    return rule !== undefined;
  }

  #find<Fault extends FaultRule["fault"]>(
    fault: Fault,
    key: string | undefined,
    test: (rule: RuleOf<Fault>) => boolean = () => true,
  ): RuleOf<Fault> | undefined {
    if (key === undefined) return undefined;
    const isIt = (rule: FaultRule): rule is RuleOf<Fault> => rule.fault === fault && rule.deviceId === key;
    return this.#rules.find((rule): rule is RuleOf<Fault> => isIt(rule) && test(rule));
  }

  #use(rule: FaultRule & { times?: number }): void {
    rule.times = (rule.times ?? 1) - 1;
    if (rule.times <= 0) this.#drop((one) => one === rule);
  }

  #drop(test: (rule: FaultRule) => boolean): void {
    this.#rules = this.#rules.filter((rule) => !test(rule));
  }
}
