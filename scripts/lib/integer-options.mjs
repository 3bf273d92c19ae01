/**
 * Ends the process with code 2 if an option of a command isn't an integer of at least 0.
 *
 * @param {Record<string, string | undefined>} options - by name; those that aren't set are skipped
 */
export function requireIntegers(options) {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || /^\d+$/.test(value)) continue;
    console.error(`--${name} must be an integer, got '${value}'`);
    process.exit(2);
  }
}
