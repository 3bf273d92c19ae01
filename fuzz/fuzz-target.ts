import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { cpuMs, slowness } from "./slowness.ts";
import type { Failure, Judge, Target } from "./target.ts";

/** The CPU time that an input may take when it runs alone, in milliseconds, on a machine without other work. */
export const longestCpuMs = 100;
/** The growth of memory that is still noise, in bytes: caches, compiled code, and pages that aren't full. */
export const largestGrowth: number = 16 * 1024 * 1024;
/** The number of inputs with one seed. */
const batchSize = 100;
/** The share of the budget after which every cache is filled. */
const warmUp = 0.25;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** An input took too long. */
class SlowInputError extends Error {
  override readonly name = "SlowInputError";
}

/** The result of a run without a failure. */
export interface FuzzResult {
  readonly inputs: number;
  /** The CPU time of the slowest input, in milliseconds. */
  readonly slowestMs: number;
}

/**
 * Runs a target on random inputs for some CPU time.
 *
 * @param seed - of the first batch; each later one has the next number
 * @throws {Error} for the first failure: the target, the seed of its batch, the input's number in it, and the input
 */
export async function fuzzTarget(target: Target, seed: number, budgetMs: number): Promise<FuzzResult> {
  let slowestMs = 0;
  let inputs = 0;
  let settledBytes: number | undefined;
  const judge: Judge = async (check) => {
    const took = await cpuMsOf(check);
    inputs++;
    if (took > longestCpuMs) {
      const alone = (await cpuMsAlone(check)) / slowness();
      slowestMs = Math.max(slowestMs, alone);
      if (alone > longestCpuMs)
        throw new SlowInputError(
          `the CPU time must be at most ${longestCpuMs} ms, got ${alone.toFixed(0)} ms`,
        );
    } else slowestMs = Math.max(slowestMs, took);
  };
  const start = cpuMs();
  let batch = seed;
  for (let spent = 0; spent < budgetMs; spent = cpuMs() - start, batch++) {
    if (settledBytes === undefined && spent >= budgetMs * warmUp) settledBytes = usedBytes();
    const failure = await target.run(batch | 0, batchSize, judge);
    if (failure !== undefined) throw describe(target, batch | 0, failure);
  }
  const growth = usedBytes() - (settledBytes ?? Number.POSITIVE_INFINITY);
  if (growth > largestGrowth) {
    throw new Error(
      `${target.name}: memory must not grow by more than ${largestGrowth} bytes, got ${growth} bytes after ${inputs} inputs with --seed ${seed}`,
    );
  }
  return { inputs, slowestMs };
}

function describe({ name }: Target, seed: number, { iteration, input, error }: Failure): Error {
  const repeat = `npm run fuzz -- --target ${name} --seed ${seed}`;
  return new Error(
    `${name}: input ${iteration} of --seed ${seed} failed: ${input}\nRepeat it with: ${repeat}`,
    {
      cause: error,
    },
  );
}

async function cpuMsOf(check: () => void | Promise<void>): Promise<number> {
  const before = cpuMs();
  await check();
  return cpuMs() - before;
}

/** The shortest of three, without the garbage of earlier inputs. */
async function cpuMsAlone(check: () => void | Promise<void>): Promise<number> {
  let shortest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt++) {
    collectGarbage();
    shortest = Math.min(shortest, await cpuMsOf(check));
  }
  return shortest;
}

function usedBytes(): number {
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
