/**
 * Runs a closed loop: each response triggers the next request, until the time is up or `max` is reached; waits for the last response.
 *
 * @param {(done: (error?: unknown) => void) => void} request
 * @param {{ inFlight: number, ms: number, max?: number }} options
 * @returns {Promise<number>} the number of requests
 */
export function closedLoop(request, { inFlight, ms, max = 5_000_000 }) {
  return new Promise((resolve, reject) => {
    let made = 0;
    let outstanding = 0;
    let open = true;
    const timer = setTimeout(() => {
      open = false;
    }, ms);
    const done = (error) => {
      outstanding--;
      if (error instanceof Error) {
        open = false;
        reject(error);
      } else if (open && made < max) {
        next();
      } else if (outstanding === 0) {
        clearTimeout(timer);
        resolve(made);
      }
    };
    const next = () => {
      outstanding++;
      made++;
      request(done);
    };
    for (let i = 0; i < inFlight; i++) next();
  });
}

/** Measures the CPU and wall time of some work. @param {() => Promise<number>} work - resolves with the amount done */
export async function measured(work) {
  const from = Date.now();
  const start = performance.now();
  const before = process.cpuUsage();
  const count = await work();
  const { user, system } = process.cpuUsage(before);
  return {
    count,
    cpuMicros: (user + system) / count,
    perMs: count / (performance.now() - start),
    from,
    to: Date.now(),
  };
}

/** @param {number} ms */
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
