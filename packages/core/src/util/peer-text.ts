/** Control characters, line separators and directional overrides, which could forge or reorder lines. */
const unsafe = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/** In UTF-16 units. */
const limit = 300;

/** Makes a string from a peer fit for messages: on one line, without control characters, and of limited length. */
export function peerText(text: string): string {
  const start = text.slice(0, limit).replace(unsafe, " ");
  return text.length > limit ? `${start}…` : start;
}
