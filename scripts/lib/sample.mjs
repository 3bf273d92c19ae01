/**
 * Picks some items of a list, the same ones for the same seed, in the order of the list.
 *
 * @template T
 * @param {readonly T[]} items
 * @param {number} count
 * @param {number} seed - an integer
 * @returns {T[]}
 */
export function sample(items, count, seed) {
  const random = seededRandom(seed);
  const keys = items.map((_item, index) => ({ index, key: random() }));
  const chosen = keys.sort((one, other) => one.key - other.key).slice(0, count);
  const indexes = new Set(chosen.map(({ index }) => index));
  return items.filter((_item, index) => indexes.has(index));
}

/** Creates the random number generator mulberry32: numbers from 0 to 1. @param {number} seed - an integer @returns {() => number} */
export function seededRandom(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
