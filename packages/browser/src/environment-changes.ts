import type { EnvironmentChange } from "@isohub/core/runtime";

/** Tells of the network and of pages that stood still. @returns what ends it */
export function watchEnvironment(changed: (what: EnvironmentChange) => void): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  const listen = (target: EventTarget | undefined, ...names: string[]): void => {
    for (const name of names)
      target?.addEventListener(
        name,
        () => changed(name === "online" || name === "offline" ? name : "awake"),
        {
          signal,
        },
      );
  };
  // Shown from the back-forward cache, and thawed by the browser, are the less known ones.
  listen(globalThis, "online", "offline", "pageshow");
  listen(globalThis.document, "visibilitychange", "resume", "freeze");
  return () => ended.abort();
}
