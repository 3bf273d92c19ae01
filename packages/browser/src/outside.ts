import type { OutsideChange } from "@isohub/core";

/** [where, event, what it says] */
const events = [
  ["window", "online", "online"],
  ["window", "offline", "offline"],
  // From the back-forward cache.
  ["window", "pageshow", "awake"],
  ["document", "visibilitychange", "awake"],
  // Thawed by the browser.
  ["document", "resume", "awake"],
  ["document", "freeze", "awake"],
] as const;

/** Tells of the network and of pages that stood still. @returns what ends it */
export function watchOutside(changed: (what: OutsideChange) => void): () => void {
  const ended = new AbortController();
  for (const [where, name, what] of events) {
    const target = where === "document" ? globalThis.document : globalThis;
    target?.addEventListener(name, () => changed(what), { signal: ended.signal });
  }
  return () => ended.abort();
}
