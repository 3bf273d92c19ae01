import { errorOf, type HubError } from "../hub/hub-error.ts";
import type { Session } from "../hub/sessions/session.ts";
import type { TwinFault, TwinOperation } from "../hub/twins/twins.ts";
import type { AnswerType, Verdict } from "../mqtt/connection-faults.ts";
import type { ConnectFault, DeviceFaults } from "../mqtt/mqtt-server.ts";
import {
  type ProvisioningFaultOptions,
  type ProvisioningInterceptor,
  throttle,
} from "../provisioning/provisioning-faults.ts";
import { registrationKey } from "../provisioning/provisioning-session.ts";
import type {
  ConnackRefusal,
  ConnectFaultOptions,
  CutStyle,
  DropOptions,
  FaultRule,
  Faults,
  MutedAnswer,
  MuteOptions,
  QuotaFaultOptions,
  RandomDropOptions,
  ServiceFaultOptions,
  ServiceProtocol,
  TwinFaultOptions,
} from "./faults.ts";
import { randomNumber } from "./random-number.ts";

/** The parts of a hub that faults act on. */
export interface FaultTargets {
  blackHole(key: string): boolean;
  cut(key: string, how: CutStyle): boolean;
  send(key: string, topic: string, payload: Uint8Array): boolean;
  skewClock(ms: number): void;
  stopListening(): Promise<void>;
  listenAgain(): Promise<void>;
}

/** The failure of a request of a service. */
export interface ServiceFault {
  readonly error: HubError;
  readonly retryAfterSeconds: number | undefined;
}

type RuleOf<Fault extends FaultRule["fault"]> = Extract<FaultRule, { fault: Fault }>;

/** The active fault rules, with their remaining numbers. */
export class FaultRules implements Faults, DeviceFaults {
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

  delayConnack(ms: number, { times = 1, ...device }: ConnectFaultOptions = {}): void {
    this.#rules.push({ fault: "delayConnack", ...device, ms, times });
  }

  mute(answer: MutedAnswer, deviceId: string, options: MuteOptions = {}): void {
    this.unmute(answer, deviceId);
    this.#rules.push({ fault: "mute", deviceId, answer, ...options });
  }

  unmute(answer: MutedAnswer, deviceId: string): void {
    this.#remove((rule) => rule.fault === "mute" && rule.answer === answer && rule.deviceId === deviceId);
  }

  delayPuback(deviceId: string, ms: number): void {
    this.#remove((rule) => rule.fault === "delayPuback" && rule.deviceId === deviceId);
    if (ms > 0) this.#rules.push({ fault: "delayPuback", deviceId, ms });
  }

  latency(deviceId: string, ms: number): void {
    this.#remove((rule) => rule.fault === "latency" && rule.deviceId === deviceId);
    if (ms > 0) this.#rules.push({ fault: "latency", deviceId, ms });
  }

  failTwin(deviceId: string, { times = 1, ...options }: TwinFaultOptions): void {
    this.#rules.push({ fault: "failTwin", deviceId, times, ...options });
  }

  failService({ times = 1, ...options }: ServiceFaultOptions): void {
    this.#rules.push({ fault: "failService", times, ...options });
  }

  provisioning({ registrationId, ...options }: ProvisioningFaultOptions): void {
    const deviceId = registrationId === undefined ? undefined : registrationKey(registrationId);
    this.#remove((rule) => rule.fault === "provisioning" && rule.deviceId === deviceId);
    this.#rules.push({ fault: "provisioning", ...(deviceId === undefined ? {} : { deviceId }), ...options });
  }

  blackHole(deviceId: string): boolean {
    return this.#targets.blackHole(deviceId);
  }

  drop(deviceId: string, { how = "rst", ...after }: DropOptions = {}): boolean {
    this.#remove((rule) => rule.fault === "drop" && rule.deviceId === deviceId);
    if (after.afterPublishes === undefined && after.afterBytes === undefined) {
      return this.#targets.cut(deviceId, how);
    }
    this.#rules.push({ fault: "drop", deviceId, how, ...after });
    return true;
  }

  exceedQuota(options: QuotaFaultOptions = {}): void {
    this.#rules.push({ fault: "exceedQuota", ...options });
  }

  dropRandomly({ how = "rst", ...options }: RandomDropOptions): void {
    this.#rules.push({ fault: "dropRandomly", how, ...options });
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
    const rules = this.#rules.filter((rule) => deviceId === undefined || rule.deviceId === deviceId);
    return rules.map((rule) => ({ ...rule }));
  }

  async clear(deviceId?: string): Promise<void> {
    this.#remove((rule) => deviceId === undefined || rule.deviceId === deviceId);
    if (deviceId !== undefined) return;
    this.#targets.skewClock(0);
    await this.#targets.listenAgain();
  }

  /** @see DeviceFaults.onConnect */
  onConnect(clientId: string): ConnectFault | undefined {
    for (const rule of this.#rules) {
      if (rule.deviceId !== undefined && rule.deviceId !== clientId) continue;
      const fault = connectFaultOf(rule);
      if (fault === undefined) continue;
      this.#use(rule);
      return fault;
    }
    return undefined;
  }

  /** @see ConnectionFaults.judge */
  judge(key: string | undefined, answer: AnswerType): Verdict {
    if (this.#rules.length === 0 || key === undefined) return "pass";
    if (answer !== "other" && this.#isMuted(answer, key)) return "drop";
    const puback = answer === "puback" ? this.#find("delayPuback", key) : undefined;
    const delayMs = (puback?.ms ?? 0) + (this.#find("latency", key)?.ms ?? 0);
    return delayMs === 0 ? "pass" : { delayMs };
  }

  /** @see ConnectionFaults.receiveLimit */
  receiveLimit(key: string | undefined, bytes: number): number | undefined {
    const rule = this.#find("drop", key);
    if (rule?.afterBytes === undefined) return undefined;
    const allowed = rule.afterBytes;
    rule.afterBytes = Math.max(0, allowed - bytes);
    return allowed;
  }

  /** @see ConnectionFaults.refusal */
  refusal(key: string, topic: string): string | undefined {
    if (!topic.startsWith("devices/")) return undefined;
    const rule = this.#rules.find(({ fault, deviceId = key }) => fault === "exceedQuota" && deviceId === key);
    if (rule?.fault === "exceedQuota" && rule.times !== undefined) this.#use(rule);
    return rule && "the daily quota is used up (injected fault)";
  }

  /** @see ConnectionFaults.countPublish */
  countPublish(key: string): CutStyle | undefined {
    if (this.#rules.length === 0) return undefined;
    const rule = this.#find("drop", key);
    if (rule?.afterPublishes !== undefined && --rule.afterPublishes <= 0) return this.cutting(key);
    const random = this.#rules.find(
      (one): one is RuleOf<"dropRandomly"> =>
        one.fault === "dropRandomly" && (one.deviceId === undefined || one.deviceId === key),
    );
    if (random === undefined) return undefined;
    const { value, next } = randomNumber(random.seed);
    random.seed = next;
    if (value * 100 >= random.percent) return undefined;
    if (random.times !== undefined) this.#use(random);
    return random.how;
  }

  /** @see ConnectionFaults.cutting */
  cutting(key: string | undefined): CutStyle {
    const rule = this.#find("drop", key);
    this.#remove((one) => one === rule);
    return rule?.how ?? "rst";
  }

  /** Decides what happens to a twin request of a device. */
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

  /** Decides whether a request of a service fails. */
  onService(protocol: ServiceProtocol): ServiceFault | undefined {
    const rule = this.#rules.find(
      (one): one is RuleOf<"failService"> =>
        one.fault === "failService" && (one.protocol === undefined || one.protocol === protocol),
    );
    if (rule === undefined) return undefined;
    this.#use(rule);
    const error = errorOf(rule.status, "A fault was injected.");
    return { error, retryAfterSeconds: rule.retryAfterSeconds };
  }

  /** Decides what happens to a request to register. */
  onRegister(registrationId: string): ReturnType<ProvisioningInterceptor> {
    const key = registrationKey(registrationId);
    const rule = this.#rules.find(
      (one): one is RuleOf<"provisioning"> =>
        one.fault === "provisioning" && (one.deviceId === undefined || one.deviceId === key),
    );
    if (rule === undefined) return undefined;
    const throttled = throttle(rule);
    if (throttled === undefined) this.#remove((one) => one === rule);
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
    const isOfDevice = (rule: FaultRule): rule is RuleOf<Fault> =>
      rule.fault === fault && rule.deviceId === key;
    return this.#rules.find((rule): rule is RuleOf<Fault> => isOfDevice(rule) && test(rule));
  }

  #use(rule: FaultRule & { times?: number }): void {
    rule.times = (rule.times ?? 1) - 1;
    if (rule.times <= 0) this.#remove((one) => one === rule);
  }

  #remove(test: (rule: FaultRule) => boolean): void {
    this.#rules = this.#rules.filter((rule) => !test(rule));
  }
}

function connectFaultOf(rule: FaultRule): ConnectFault | undefined {
  if (rule.fault === "withholdConnack") return "withhold";
  if (rule.fault === "delayConnack") return { delayMs: rule.ms };
  return rule.fault === "refuseConnects" ? { returnCode: rule.returnCode } : undefined;
}
