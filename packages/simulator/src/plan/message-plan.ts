import { defaults } from "../document/defaults.ts";
import type { DeviceType, MessageSpec } from "../document/device-type.ts";
import { durationMs } from "../document/duration.ts";
import { type ParsedExpression, parseExpression } from "../expressions/expression.ts";
import { valuesOf } from "../generators/generator.ts";
import { hash, jittered, type Random, randomStream } from "../generators/random.ts";
import type { Values } from "../generators/tick.ts";

/** A message that a device sends. */
export interface PlannedMessage {
  /** The number of the message among those of the device, from 1. The hub receives it as the property `messageNumber`. */
  readonly number: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, string>>;
  /** The output of a module. */
  readonly output: string | undefined;
}

/** The values of a device that don't follow from its type and the seed. */
export interface DeviceInputs {
  readonly desired: Readonly<Record<string, unknown>>;
  /** Values that replace those of the generators, by field. */
  readonly overrides: ReadonlyMap<string, unknown>;
}

interface Series {
  readonly spec: MessageSpec;
  readonly everyMs: number;
  readonly when: ParsedExpression | undefined;
  readonly properties: readonly (readonly [string, string | ParsedExpression])[];
  /** The time of the next message, in milliseconds since the start of the device. */
  dueMs: number;
  /** The number of messages that may still be sent. */
  left: number;
}

/**
 * The messages of one device: which, when and with which values, all from the seed and the number of the device. Time is that of the
 * plan, so a machine that is too slow sends the same messages later.
 */
export class MessagePlan {
  readonly #series: readonly Series[];
  readonly #fields: readonly (readonly [string, Values])[];
  readonly #schedule: Random;
  readonly #values: Random;
  readonly #device: number;
  #number = 0;
  #lastValues: Readonly<Record<string, unknown>> = {};

  /** @param stream - the seed and the number of the device, and of its module */
  constructor(type: DeviceType, files: Readonly<Record<string, string>>, ...stream: readonly number[]) {
    this.#device = stream[1] ?? 0;
    this.#schedule = randomStream(...stream, 101);
    this.#values = randomStream(...stream, 102);
    // A stream for each field: one more field doesn't change the values of the others.
    this.#fields = Object.entries(type.fields ?? {}).map(([name, generator]) => [
      name,
      valuesOf(generator, randomStream(...stream, 103, nameHash(name)), files),
    ]);
    this.#series = (type.messages ?? []).map((spec) => {
      const everyMs = Math.max(1, durationMs(spec.every));
      return {
        spec,
        everyMs,
        when: spec.when === undefined ? undefined : parseExpression(spec.when),
        properties: Object.entries(spec.properties ?? {}).map(([name, value]) => [
          name,
          value.startsWith("=") ? parseExpression(value.slice(1)) : value,
        ]),
        // Spread, so that devices that start together don't send together.
        dueMs: this.#schedule() * everyMs,
        left: spec.limit ?? Number.POSITIVE_INFINITY,
      };
    });
  }

  /** The time of the next message, in milliseconds since the start of the device; infinite if there will be none. */
  get nextMs(): number {
    return this.#next?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  /** The values of the fields in the latest message. */
  get lastValues(): Readonly<Record<string, unknown>> {
    return this.#lastValues;
  }

  /** Produces the messages that are due next: none if their condition isn't met, several in a burst. */
  take(inputs: DeviceInputs): PlannedMessage[] {
    const series = this.#next;
    if (series === undefined) return [];
    const ms = series.dueMs;
    this.#advance(series);
    const messages: PlannedMessage[] = [];
    for (let count = series.spec.burst ?? 1; count > 0 && series.left > 0; count--) {
      const message = this.#compute(series, ms, inputs);
      if (message === undefined) continue;
      messages.push(message);
      series.left--;
    }
    if (series.left === 0) series.dueMs = Number.POSITIVE_INFINITY;
    return messages;
  }

  /** Omits the messages that are due next, because the device is off. */
  skip(): void {
    if (this.#next !== undefined) this.#advance(this.#next);
  }

  get #next(): Series | undefined {
    let first: Series | undefined;
    for (const each of this.#series) if (first === undefined || each.dueMs < first.dueMs) first = each;
    return first;
  }

  #advance(series: Series): void {
    const { jitter = defaults.jitter } = series.spec;
    series.dueMs += jittered(series.everyMs, jitter, this.#schedule);
  }

  #compute(series: Series, ms: number, { desired, overrides }: DeviceInputs): PlannedMessage | undefined {
    const { spec, when, properties } = series;
    const number = this.#number + 1;
    const scope: Record<string, unknown> = { t: ms / 1000, n: number, device: this.#device, desired };
    const values: Record<string, unknown> = {};
    for (const [name, next] of this.#fields) {
      const value = next({ ms, number, scope });
      values[name] = overrides.has(name) ? overrides.get(name) : value;
      scope[name] = values[name];
    }
    this.#lastValues = values;
    if (when !== undefined && !when.evaluate(scope, this.#values)) return undefined;
    this.#number = number;
    const names = spec.fields ?? Object.keys(values);
    return {
      number,
      body: {
        ...Object.fromEntries(names.map((name) => [name, values[name]])),
        ...(spec.padding === undefined ? {} : { padding: "x".repeat(spec.padding) }),
      },
      properties: Object.fromEntries(
        properties.map(([name, value]) => [
          name,
          typeof value === "string" ? value : String(value.evaluate(scope, this.#values)),
        ]),
      ),
      output: spec.output,
    };
  }
}

function nameHash(name: string): number {
  return hash(...Array.from(name, (each) => each.codePointAt(0) ?? 0));
}
