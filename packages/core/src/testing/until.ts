/** Lets everything run that is due: promises, and one turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * Waits for a condition, over turns of the event loop. For what a virtual clock does not rule: cryptography, streams.
 *
 * @throws {Error} when it does not come true in many turns
 */
export async function until(condition: () => boolean, what: string = condition.toString()): Promise<void> {
  for (let count = 0; count < 2000; count++) {
    if (condition()) return;
    await turn();
  }
  throw new Error(`This did not come: ${what}`);
}
