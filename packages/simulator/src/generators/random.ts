/** A reproducible stream of random numbers. */
export type Random = () => number;

/** Mixes numbers into 32 random bits. */
export function hash(...values: readonly number[]): number {
  let state = 0x9e3779b9;
  for (const value of values) {
    state = Math.imul(state ^ value, 0x85ebca6b);
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35) ^ (value >>> 3);
    state ^= state >>> 16;
  }
  return state >>> 0;
}

/** Mixes numbers into a random number from 0 to 1. */
export function hashShare(...values: readonly number[]): number {
  return hash(...values) / 0x1_0000_0000;
}

/**
 * Creates a stream of random numbers from 0 to 1 (sfc32). Streams of different values are independent, so that a device has the same one
 * whichever process simulates it.
 */
export function randomStream(...values: readonly number[]): Random {
  let a = hash(...values, 1);
  let b = hash(...values, 2);
  let c = hash(...values, 3);
  let counter = 1;
  const next = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return (result >>> 0) / 0x1_0000_0000;
  };
  for (let round = 0; round < 12; round++) next();
  return next;
}

/** Returns an interval of at least 1 ms, changed at random. @param jitter - the largest change, as a share of the interval */
export function jittered(ms: number, jitter: number, random: Random): number {
  return Math.max(1, ms * (1 + jitter * between(random, -1, 1)));
}

/** Creates a random number between two limits. */
export function between(random: Random, low: number, high: number): number {
  return low + random() * (high - low);
}
