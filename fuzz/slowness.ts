/** The CPU time of {@link referenceWork} on the machine that the limits are for, in milliseconds. */
const referenceMs = 6.5;
const attempts = 5;

/** CPU time, because time passes on a busy machine, too. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Measures the factor, at least 1, by which this machine is slower right now than the one that the limits are for: two busy
 * threads of one core slow each other down, which shows in CPU time, too.
 */
export function slowness(): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = cpuMs();
    referenceWork();
    shortest = Math.min(shortest, cpuMs() - before);
  }
  return Math.max(1, shortest / referenceMs);
}

/** Work like that of parsers: arithmetic on small integers, and strings that grow. */
function referenceWork(): number {
  let bits = 0x9e3779b9;
  let text = "";
  for (let round = 0; round < 4_000_000; round++) {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    if ((round & 1023) === 0) text += String.fromCharCode(97 + (bits & 15));
  }
  return text.length + bits;
}
