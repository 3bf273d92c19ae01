import { type PageTimer, setPageTimer } from "@isohub/browser/timer";
import {
  DeviceTwin,
  type DeviceType,
  durationMs,
  MessagePlan,
  type MethodAnswer,
  type PlannedMessage,
  plannedUpload,
  type Reaction,
} from "@isohub/simulator";

/** An answer to a method call, with its delay in milliseconds. */
export type TimedAnswer = MethodAnswer & { readonly delayMs: number; readonly reconnects: boolean };

/** The longest wait of a device that was off, or in a page that slept, until its next message. */
const catchUpMs = 300;
const seed = 1;
let devices = 0;

/** The messages and answers of a device, according to its type. */
export class DeviceBehavior {
  /** Values that replace those of the generators, by field. */
  readonly overrides: Map<string, unknown> = new Map();
  readonly #type: DeviceType;
  readonly #twin: DeviceTwin;
  readonly #plan: MessagePlan;
  readonly #calls = new Map<string, number>();
  #timer: PageTimer | undefined;
  #upload: PageTimer | undefined;
  #uploads = 0;

  constructor(type: DeviceType) {
    this.#type = type;
    this.#twin = new DeviceTwin(type);
    devices += 1;
    this.#plan = new MessagePlan(type, {}, seed, devices, 0);
  }

  /** Sends the messages of the type until {@link stop}, and uploads its files. */
  start(send: (message: PlannedMessage) => void, upload: (name: string, content: Uint8Array) => void): void {
    this.stop();
    const base = Date.now() - Math.max(0, this.#plan.nextMs - catchUpMs);
    if (this.#plan.nextMs !== Number.POSITIVE_INFINITY) this.#schedule(send, base);
    this.#scheduleUpload(upload);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#upload?.cancel();
    this.#timer = undefined;
    this.#upload = undefined;
  }

  /** The properties that a device reports when it connects. */
  initialReported(): Readonly<Record<string, unknown>> {
    return this.#type.reported ?? {};
  }

  /** @returns the reports of desired properties that have changed, each with the time to wait before it */
  onDesired(patch: Readonly<Record<string, unknown>>): Reaction[] {
    return this.#twin.apply(patch as Parameters<DeviceTwin["apply"]>[0]);
  }

  /** @returns the next answer to a method; a method that the type doesn't have is answered with 404 */
  answer(name: string): TimedAnswer {
    const methods = this.#type.methods ?? {};
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (method === undefined) {
      return {
        status: 404,
        payload: { message: `There is no method ${name}` },
        delayMs: 0,
        reconnects: false,
      };
    }
    const { answers = [], reconnects = false } = method;
    const calls = this.#calls.get(name) ?? 0;
    this.#calls.set(name, calls + 1);
    const answer = answers[calls % Math.max(1, answers.length)] ?? {};
    return { ...answer, delayMs: answer.delay === undefined ? 0 : durationMs(answer.delay), reconnects };
  }

  #schedule(send: (message: PlannedMessage) => void, base: number): void {
    const delay = Math.max(0, base + this.#plan.nextMs - Date.now());
    this.#timer = setPageTimer(() => {
      const inputs = { desired: this.#twin.values, overrides: this.overrides };
      for (const message of this.#plan.take(inputs)) send(message);
      // A page that slept doesn't send everything that it has missed.
      const late = Date.now() - base - this.#plan.nextMs;
      this.#schedule(send, late > 5000 ? base + late : base);
    }, delay);
  }

  #scheduleUpload(upload: (name: string, content: Uint8Array) => void): void {
    const { uploads } = this.#type;
    if (uploads === undefined) return;
    this.#upload = setPageTimer(() => {
      this.#uploads += 1;
      const { name, content } = plannedUpload(uploads, this.#uploads);
      upload(name, content);
      this.#scheduleUpload(upload);
    }, durationMs(uploads.every));
  }
}
