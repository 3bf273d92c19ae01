/** Runs everything that is due: promises, and one turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * Waits for a condition over turns of the event loop, for work that a virtual clock doesn't control: cryptography, streams.
 *
 * @throws {Error} if the condition doesn't hold after many turns
 */
export async function until(condition: () => boolean, name: string = condition.toString()): Promise<void> {
  for (let count = 0; count < 2000; count++) {
    if (condition()) return;
    await turn();
  }
  throw new Error(`Still false after many turns: ${name}`);
}
