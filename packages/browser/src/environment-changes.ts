import type { EnvironmentChange } from "@isohub/core/runtime";

/** Reports changes of the network, and when the page runs again after a pause. @returns a function that stops it */
export function watchEnvironment(onChange: (change: EnvironmentChange) => void): () => void {
  const stopped = new AbortController();
  const { signal } = stopped;
  // Servers have no events, and simulated pages not all.
  const listen = (target: EventTarget | undefined, names: string[], change: EnvironmentChange): void => {
    for (const name of names) target?.addEventListener?.(name, () => onChange(change), { signal });
  };
  listen(globalThis, ["online"], "online");
  listen(globalThis, ["offline"], "offline");
  // pageshow: restored from the back-forward cache. resume: thawed by the browser.
  listen(globalThis, ["pageshow"], "awake");
  listen(globalThis.document, ["visibilitychange", "resume", "freeze"], "awake");
  return () => stopped.abort();
}
