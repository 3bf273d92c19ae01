// Not queueMicrotask, which makes an AsyncResource each time.
const settled = Promise.resolve();
const afterTicks = (run: () => void): Promise<void> => settled.then(run);

/**
 * Calls back when all that is due in this turn of the event loop has run: MQTT.js takes a tick for each packet of a block,
 * and what the application answers to them in the same tick is one write, not one for each.
 */
export function atEndOfTick(run: () => void): void {
  process.nextTick(afterTicks, run);
}
