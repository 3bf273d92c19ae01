import type { WorkerTimer } from "./page-clock.ts";

const program = "let t;onmessage=({data})=>{clearTimeout(t);t=setTimeout(()=>postMessage(0),data)}";

/** An workerTimer in a worker; `undefined` where the page's policy or the browser allows no worker. */
export function createWorkerTimer(ring: () => void): WorkerTimer | undefined {
  const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  try {
    const worker = new Worker(url, { name: "isohub clock" });
    worker.onmessage = ring;
    // A policy that forbids it may say so later only. The page's own timers are there all the same.
    worker.onerror = (event) => event.preventDefault();
    return { set: (ms) => worker.postMessage(ms) };
  } catch {
    return undefined;
  } finally {
    URL.revokeObjectURL(url);
  }
}
