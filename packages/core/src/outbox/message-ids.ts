/** Generates message ids that are unique across clients and restarts: random bytes and a number. */
export class MessageIds {
  // Not `randomUUID`, which pages over `http:` lack.
  readonly #start: string = Array.from(crypto.getRandomValues(new Uint8Array(12)), hex).join("");
  #last = 0;

  next(): string {
    return `${this.#start}-${++this.#last}`;
  }
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
