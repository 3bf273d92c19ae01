/** The program of the worker, which the build also writes to `timer-worker.js` next to the bundles. */
export const timerWorkerProgram = "let t;onmessage=e=>{clearTimeout(t);t=setTimeout(postMessage,e.data,0)}";
