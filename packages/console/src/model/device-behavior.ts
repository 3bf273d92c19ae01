import { type PageTimer, setPageTimer } from "@isohub/browser/timer";
import { type DeviceType, type MessageSpec, type MethodAnswer, readDuration } from "./device-type.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";
import { type NextValue, valuesOf } from "./values.ts";

/** An answer to a method call, with its delay in milliseconds. */
export type TimedAnswer = MethodAnswer & { readonly delayMs: number };

/** The messages and answers of a device, according to its type. */
export class DeviceBehavior {
  readonly #type: DeviceType;
  readonly #values = new Map<string, NextValue>();
  readonly #calls = new Map<string, number>();
  #timers = new Set<PageTimer>();
  #startedAt = 0;

  constructor(type: DeviceType) {
    this.#type = type;
    for (const [name, field] of Object.entries(type.fields ?? {})) this.#values.set(name, valuesOf(field));
  }

  /** Sends the messages of the type until {@link stop}. */
  start(send: (message: OutgoingMessage) => void): void {
    this.stop();
    this.#startedAt = Date.now();
    for (const spec of this.#type.messages ?? []) this.#schedule(spec, send, 0);
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = new Set();
  }

  /** The properties that a device reports when it connects. */
  initialReported(): Readonly<Record<string, unknown>> {
    return this.#type.reported ?? {};
  }

  /** @returns what the device reports about desired properties that have changed */
  onDesired(patch: Readonly<Record<string, unknown>>, version: number): Readonly<Record<string, unknown>> {
    const report: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(patch)) {
      const { writeBack = "status" } = this.#type.desired?.[name] ?? {};
      if (writeBack === "none") continue;
      report[name] = writeBack === "value" || value === null ? value : { value, ac: 200, av: version };
    }
    return report;
  }

  /** @returns the next answer to a method; a method that the type doesn't have is answered with 404 */
  answer(name: string): TimedAnswer {
    const methods = this.#type.methods ?? {};
    if (!Object.hasOwn(methods, name)) {
      return { status: 404, payload: { message: `There is no method ${name}` }, delayMs: 0 };
    }
    const answers = methods[name]?.answers ?? [];
    const calls = this.#calls.get(name) ?? 0;
    this.#calls.set(name, calls + 1);
    const answer = answers[calls % Math.max(1, answers.length)] ?? {};
    return { ...answer, delayMs: readDuration(answer.delay ?? "") ?? 0 };
  }

  /** The next message of a type, as it is sent. */
  compose(spec: MessageSpec): OutgoingMessage {
    const elapsed = Date.now() - this.#startedAt;
    const names = spec.fields ?? [...this.#values.keys()];
    const body = Object.fromEntries(names.map((name) => [name, this.#values.get(name)?.(elapsed) ?? null]));
    return { body: JSON.stringify(body), properties: spec.properties ?? {}, contentType: "application/json" };
  }

  #schedule(spec: MessageSpec, send: (message: OutgoingMessage) => void, delayMs: number): void {
    const timer = setPageTimer(() => {
      this.#timers.delete(timer);
      for (let count = 0; count < (spec.burst ?? 1); count++) send(this.compose(spec));
      const { every, jitter = 0.1 } = spec;
      const interval = readDuration(every) ?? 1000;
      this.#schedule(spec, send, interval * (1 + (Math.random() * 2 - 1) * jitter));
    }, delayMs);
    this.#timers.add(timer);
  }
}
