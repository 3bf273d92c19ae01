/** Measures the largest gap between two turns of the event loop, until `stop`. */
export function watchTicks() {
  let last = performance.now();
  let largest = 0;
  let handle;
  const look = () => {
    const now = performance.now();
    largest = Math.max(largest, now - last);
    last = now;
    handle = setImmediate(look);
  };
  look();
  return {
    /** @returns {Promise<number>} after one more turn, to include a block that has just ended */
    stop: () =>
      new Promise((resolve) => {
        setImmediate(() => {
          clearImmediate(handle);
          resolve(Math.max(largest, performance.now() - last));
        });
      }),
  };
}
