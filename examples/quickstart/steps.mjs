/** Prints one event: its source, such as the device or the hub, and what it did. */
export function log(source, message) {
  console.log(`  ${source.padEnd(7)} │ ${message}`);
}

/** Runs one step. If it fails or times out, prints the step and the error, then exits with code 1. */
export async function step(title, run, timeoutMs = 20_000) {
  console.log(`\n${title}`);
  let timer;
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timed out after ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([run(), timeout]);
  } catch (error) {
    console.error(`\nFAILED at "${title}": ${error.message}`);
    if (error.remediation) console.error(`  ${error.remediation}`);
    if (error.cause) console.error(`  cause: ${error.cause.message ?? error.cause}`);
    process.exit(1);
  } finally {
    clearTimeout(timer);
  }
}

/** Fails the current step with a message unless the condition holds. */
export function expect(condition, message) {
  if (!condition) throw new Error(message);
}

/** Returns a promise and the function that resolves it. */
export function deferred() {
  let resolve;
  const promise = new Promise((resolvePromise) => {
    resolve = resolvePromise;
  });
  return { promise, resolve };
}
