// Not queueMicrotask, which creates an AsyncResource for each call.
const settled = Promise.resolve();
const afterTicks = (run: () => void): Promise<void> => settled.then(run);

/**
 * Calls back after everything queued with `process.nextTick` in this turn of the event loop. MQTT.js takes one tick for
 * each packet in a block, so the application's responses to all of them leave in one write.
 */
export function atEndOfTick(run: () => void): void {
  process.nextTick(afterTicks, run);
}
