/** Two sums of 32 bits. Digests of parts of a fleet add up to that of the fleet, in any order. */
export type Digest = readonly [number, number];

/** The digest of nothing. */
export const emptyDigest: Digest = [0, 0];

/** Adds up digests. */
export function addDigests(...digests: readonly Digest[]): Digest {
  return digests.reduce<Digest>(([a, b], [c, d]) => [(a + c) >>> 0, (b + d) >>> 0], emptyDigest);
}

/** Returns a digest as 16 hexadecimal digits. */
export function digestText([a, b]: Digest): string {
  return [a, b].map((each) => each.toString(16).padStart(8, "0")).join("");
}

/** Reads {@link digestText}. */
export function parseDigest(text: string): Digest {
  return [Number.parseInt(text.slice(0, 8), 16) >>> 0, Number.parseInt(text.slice(8), 16) >>> 0];
}

/** The digest of the messages of one device, in their order. Two devices differ, even if they send the same. */
export class MessageDigest {
  #a: number;
  #b: number;

  /** @param name - of the device or module */
  constructor(name: string) {
    this.#a = fnv(name, 0x811c9dc5);
    this.#b = fnv(name, 0x01000193);
  }

  get value(): Digest {
    return [this.#a >>> 0, this.#b >>> 0];
  }

  add(text: string): void {
    this.#a = fnv(text, this.#a);
    this.#b = fnv(text, this.#b ^ 0x5bd1e995);
  }
}

/** FNV-1a over UTF-16 code units. */
function fnv(text: string, start: number): number {
  let state = start;
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  return state;
}
