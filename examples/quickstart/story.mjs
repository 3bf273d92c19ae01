/** Prints what happens as it happens: who did it, and what. */
export function say(who, what) {
  console.log(`  ${who.padEnd(6)} │ ${what}`);
}

/** One step of the story. A step that fails, or does not end in time, is named and ends the program. */
export async function step(title, run, timeoutMs = 20_000) {
  console.log(`\n${title}`);
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no result within ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([run(), late]);
  } catch (error) {
    console.error(`\nFAILED at "${title}": ${error.message}`);
    if (error.remediation) console.error(`  ${error.remediation}`);
    if (error.cause) console.error(`  cause: ${error.cause.message ?? error.cause}`);
    process.exit(1);
  } finally {
    clearTimeout(timer);
  }
}

/** Ends the step when something is not as it must be. */
export function expect(condition, what) {
  if (!condition) throw new Error(what);
}

/** A promise and the function that fulfils it. */
export function signal() {
  let fulfil;
  const promise = new Promise((resolve) => {
    fulfil = resolve;
  });
  return { promise, fulfil };
}
