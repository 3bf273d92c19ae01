/** Control characters, line separators and directional overrides, among others, which could forge or reorder lines; signatures. */
const unsafe = /[\p{C}\u2028\u2029]+|sig=\S+/giu;

/** Makes a string from a peer fit for messages: one line of at most 300 characters, without control characters and signatures of tokens. */
export function peerText(text: string): string {
  return text.slice(0, 300).replace(unsafe, " ") + (text.length > 300 ? "…" : "");
}
