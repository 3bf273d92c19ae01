import fc from "fast-check";

/** A failed batch of inputs. */
export interface Failure {
  /** The number of the input in its batch, from 1. */
  readonly iteration: number;
  /** The smallest input that was found to fail in the same batch. */
  readonly input: string;
  readonly error: unknown;
}

/** Runs the check of one input, and what applies to every target around it. */
export type Judge = (check: () => void | Promise<void>) => Promise<void>;

/** A parser, or an encoder with its parser, and the inputs to try. */
export interface Target {
  readonly name: string;
  /** Tries `count` inputs. The same seed gives the same inputs. */
  run(seed: number, count: number, judge: Judge): Promise<Failure | undefined>;
}

/** Shrinking a slow input takes long, and need not find the smallest one. */
const longestBatchMs = 5000;

/**
 * Creates a target.
 *
 * @param check - throws if something is wrong with the input's result
 */
export function defineTarget<T>(
  name: string,
  input: fc.Arbitrary<T>,
  check: (input: T) => void | Promise<void>,
): Target {
  return {
    name,
    async run(seed, count, judge) {
      const property = fc.asyncProperty(input, (value) => judge(() => check(value)));
      const details = await fc.check(property, {
        seed,
        numRuns: count,
        interruptAfterTimeLimit: longestBatchMs,
      });
      if (!details.failed || details.counterexample === null) return undefined;
      const [shrunk] = details.counterexample;
      return { iteration: details.numRuns, input: shown(shrunk), error: details.errorInstance };
    },
  };
}

/** Runs of base64 may be keys or tokens, if only those of test data. */
const secret = /[A-Za-z0-9+/_%-]{24,}={0,2}/g;
const longestShown = 2000;

function shown(input: unknown): string {
  const text = fc.stringify(input).replace(secret, (run) => `…${run.length} characters…`);
  return text.length > longestShown ? `${text.slice(0, longestShown)}… (${text.length} characters)` : text;
}
