const ROUNDS = 3;
const DEVICES = 250;
const MESSAGES = 5_000;
const IN_FLIGHT = 16;

/**
 * Measures the costs of clients in a page: the time until its first message, memory, and time of the main thread.
 *
 * @param {import("playwright").Browser} browser
 * @param {number} port - of the gateway, which only serves the page
 * @param {readonly string[]} connectionStrings - of the hub
 * @returns {Promise<string[][]>} rows of median and range
 */
export async function measurePageCosts(browser, port, connectionStrings) {
  const [first, ...others] = connectionStrings;
  const figures = { firstMs: [], heapKiB: [], messageMicros: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const page = await browser.newPage({ ignoreHTTPSErrors: true });
    const devtools = await page.context().newCDPSession(page);
    await page.goto(`https://localhost:${port}/costs.html#${encodeURIComponent(first)}`);
    await page.waitForFunction("globalThis.firstMessageMs !== undefined");
    figures.firstMs.push(await page.evaluate("globalThis.firstMessageMs"));
    figures.messageMicros.push(await mainThreadMicros(page, devtools));
    if (others.length >= DEVICES)
      figures.heapKiB.push(await heapOf(page, devtools, others.slice(0, DEVICES)));
    await page.context().close();
  }
  return [
    ["from loading a page to the acknowledgement of its first message, ms", ...spread(figures.firstMs, 0)],
    [`main thread for each message, ${IN_FLIGHT} in flight, µs`, ...spread(figures.messageMicros, 0)],
    ...(figures.heapKiB.length === 0
      ? []
      : [[`heap of each of ${DEVICES} devices in one page, KiB`, ...spread(figures.heapKiB, 1)]]),
  ];
}

/** The time that the page's main thread is busy for a message, once its code has been compiled. */
async function mainThreadMicros(page, devtools) {
  const send = (count) =>
    page.evaluate(([messages, inFlight]) => globalThis.sendMany(messages, inFlight), [count, IN_FLIGHT]);
  await send(MESSAGES);
  await devtools.send("Performance.enable");
  const before = await taskSeconds(devtools);
  await send(MESSAGES);
  return (((await taskSeconds(devtools)) - before) / MESSAGES) * 1e6;
}

async function taskSeconds(devtools) {
  const { metrics } = await devtools.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration").value;
}

async function heapOf(page, devtools, connectionStrings) {
  const before = await usedBytes(devtools);
  await page.evaluate((strings) => globalThis.connectAll(strings), connectionStrings);
  return ((await usedBytes(devtools)) - before) / connectionStrings.length / 1024;
}

async function usedBytes(devtools) {
  for (let time = 0; time < 3; time++) await devtools.send("HeapProfiler.collectGarbage");
  return (await devtools.send("Runtime.getHeapUsage")).usedSize;
}

/** @param {number[]} values @param {number} digits @returns {[median: string, range: string]} */
export function spread(values, digits) {
  const sorted = [...values].sort((one, other) => one - other).map((value) => value.toFixed(digits));
  return [sorted[sorted.length >> 1], `${sorted[0]}–${sorted.at(-1)}`];
}
