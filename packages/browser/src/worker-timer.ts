import type { WorkerTimer } from "./page-clock.ts";
import { timerWorkerProgram } from "./timer-worker-program.ts";

/**
 * Creates a timer in a worker, or returns `undefined` if the environment or the page's policy allows no workers. The worker is
 * a file of the page's own origin, which strict content security policies allow. For bundles without that file, and scripts
 * from another origin, it is a blob, whose URL stays: there is one per page.
 */
export function createWorkerTimer(onTimer: () => void): WorkerTimer | undefined {
  let worker: Worker | undefined;
  const start = (isFile: boolean): void => {
    try {
      worker = isFile
        ? // Bundlers recognize this expression.
          new Worker(new URL("./timer-worker.js", import.meta.url))
        : new Worker(URL.createObjectURL(new Blob([timerWorkerProgram])));
      worker.onmessage = onTimer;
      // A missing file, and often a policy, fail only later. `onTimer` sets the new worker.
      if (isFile)
        worker.onerror = () => {
          start(false);
          onTimer();
        };
    } catch {
      if (isFile) start(false);
    }
  };
  start(true);
  return worker && { set: (ms) => worker?.postMessage(ms) };
}
