/** Returns a number from 0 up to 1 for a seed, and the seed of the next number. @source splitmix32 */
export function randomNumber(seed: number): { value: number; next: number } {
  const next = (seed + 0x9e37_79b9) >>> 0;
  let mixed = Math.imul(next ^ (next >>> 16), 0x21f0_aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
  return { value: ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296, next };
}
