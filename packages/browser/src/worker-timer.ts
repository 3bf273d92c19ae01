import type { WorkerTimer } from "./page-clock.ts";

const program = "let t;onmessage=({data})=>{clearTimeout(t);t=setTimeout(()=>postMessage(0),data)}";

/** Creates a timer in a worker, or returns `undefined` if the environment or the page's policy allows no workers. */
export function createWorkerTimer(onTimer: () => void): WorkerTimer | undefined {
  let url = "";
  try {
    url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
    const worker = new Worker(url, { name: "isohub clock" });
    worker.onmessage = onTimer;
    // A policy may block the worker only later. The page's own timers still run.
    worker.onerror = (event) => event.preventDefault();
    return { set: (ms) => worker.postMessage(ms) };
  } catch {
    return undefined;
  } finally {
    if (url !== "") URL.revokeObjectURL(url);
  }
}
