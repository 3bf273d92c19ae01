import { durationMs } from "../document/duration.ts";
import type {
  CounterGenerator,
  RampGenerator,
  RandomGenerator,
  RandomWalkGenerator,
  SineGenerator,
} from "../document/generators.ts";
import { round } from "../expressions/expression.ts";
import { between, type Random } from "./random.ts";
import type { Values } from "./tick.ts";

/** Rounds the numbers of a generator with `decimals`. */
function rounded({ decimals }: { readonly decimals?: number }, values: (ms: number) => number): Values {
  return ({ ms }) => (decimals === undefined ? values(ms) : round(values(ms), decimals));
}

/** The elapsed share of a cycle at a time. */
export function cyclePart(ms: number, periodMs: number, atEnd: "restart" | "return" | "stop"): number {
  const cycles = periodMs === 0 ? 1 : ms / periodMs;
  if (atEnd === "stop") return Math.min(cycles, 1);
  if (atEnd === "restart") return cycles % 1;
  const part = cycles % 2;
  return part > 1 ? 2 - part : part;
}

export function randomValues(generator: RandomGenerator, random: Random): Values {
  return rounded(generator, () => between(random, generator.minimum, generator.maximum));
}

export function rampValues(generator: RampGenerator): Values {
  const { from, to, over, atEnd = "restart" } = generator;
  const periodMs = durationMs(over);
  return rounded(generator, (ms) => from + (to - from) * cyclePart(ms, periodMs, atEnd));
}

export function sineValues(generator: SineGenerator, random: Random): Values {
  const { mean, amplitude, period, noise = 0 } = generator;
  // Drawn also if it isn't needed, so that a phase in the document changes no other value.
  const drawn = random();
  const phase = generator.phase ?? drawn;
  const periodMs = Math.max(1, durationMs(period));
  return rounded(generator, (ms) => {
    const wave = mean + amplitude * Math.sin(2 * Math.PI * (phase + ms / periodMs));
    return noise === 0 ? wave : wave + between(random, -noise, noise);
  });
}

export function randomWalkValues(generator: RandomWalkGenerator, random: Random): Values {
  const { start, step, minimum = -Infinity, maximum = Infinity } = generator;
  let value: number | undefined;
  return rounded(generator, () => {
    const next = value === undefined ? start : value + between(random, -step, step);
    value = Math.min(Math.max(next, minimum), maximum);
    return value;
  });
}

export function counterValues(generator: CounterGenerator, random: Random): Values {
  const { start = 0, step = 1, randomStep = 0, wrapAt = Infinity } = generator;
  let value: number | undefined;
  return rounded(generator, () => {
    value = value === undefined ? start : value + step + (randomStep === 0 ? 0 : random() * randomStep);
    if (value >= wrapAt) value = start;
    return value;
  });
}
