import { fork } from "node:child_process";
import { once } from "node:events";

/** The goals for devices of the console. */
const goals = { connectSeconds: 1.5, longestTaskMs: 100 };

/**
 * Measures the console: the time until 50 devices are connected after a click, then 100 devices that send a message a second.
 *
 * @param {import("playwright").Browser} browser
 * @param {number} seconds
 * @returns {Promise<{ rows: string[][], isMet: boolean }>} the first row is the header
 */
export async function measureConsole(browser, seconds) {
  const hub = fork(new URL("page-hub.mjs", import.meta.url), ["0"]);
  try {
    const [{ hubPort }] = await once(hub, "message");
    const address = `http://127.0.0.1:${hubPort}/`;
    const connectSeconds = await timeToConnect(browser, address, 50);
    const run = await runDevices(browser, address, 100, seconds);
    const isMet =
      run.acknowledged >= 100 * (seconds - 5) && run.lost === 0 && run.failed === 0 && connectSeconds <= 10;
    const goal = (value, limit) => (value > limit ? `${value} MISSED` : String(value));
    return {
      isMet,
      rows: [
        ["the console", "measured", "goal"],
        [
          "50 devices registered and connected after a click, s",
          goal(connectSeconds, goals.connectSeconds),
          "1.5",
        ],
        [`100 devices for ${seconds} s: sent`, String(run.sent), ""],
        ["acknowledged", String(run.acknowledged), "all"],
        ["lost", String(run.lost), "0"],
        ["longest task while sending, ms", goal(run.longestTaskMs, goals.longestTaskMs), "100"],
        ["heap after a tenth of the time, MB", run.heapMb[0], ""],
        ["heap at the end, MB", run.heapMb[1], "flat"],
      ],
    };
  } finally {
    hub.kill();
  }
}

async function open(browser, address) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(120_000);
  await page.goto(address);
  return page;
}

/** Adds devices that send each second, and starts them all at once. */
async function addDevices(page, count) {
  await page.getByRole("button", { name: "Add devices…" }).click();
  await page.getByText("What the devices send and answer").click();
  await page.getByLabel("Sends every").fill("1s");
  await page.getByLabel("Devices", { exact: true }).last().fill(String(count));
  await page.getByLabel("Stagger, in ms").fill("0");
  const add = page.getByRole("button", { name: `Add ${count} devices` });
  await add.waitFor();
  return async () => {
    // In the page, because Playwright looks only every half a second.
    const shown = page.evaluate(
      (wanted) =>
        new Promise((resolve) => {
          let start = 0;
          addEventListener(
            "click",
            () => {
              start = performance.now();
            },
            { capture: true, once: true },
          );
          new MutationObserver(() => {
            const connected = document.querySelector("dl.figures dd")?.textContent;
            if (connected === wanted) resolve(performance.now() - start);
          }).observe(document.body, { subtree: true, childList: true, characterData: true });
        }),
      `${count} of ${count}`,
    );
    await add.click();
    return Math.round(Number(await shown) / 10) / 100;
  };
}

async function timeToConnect(browser, address, count) {
  const page = await open(browser, address);
  const connect = await addDevices(page, count);
  const seconds = await connect();
  await page.context().close();
  return seconds;
}

async function runDevices(browser, address, count, seconds) {
  const page = await open(browser, address);
  const connect = await addDevices(page, count);
  await connect();
  const session = await page.context().newCDPSession(page);
  const heap = async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { metrics } = await session.send("Performance.getMetrics");
    const { value } = metrics.find(({ name }) => name === "JSHeapUsedSize");
    return (value / 1e6).toFixed(1);
  };
  await session.send("Performance.enable");
  await new Promise((resolve) => setTimeout(resolve, seconds * 100));
  const early = await heap();
  await page.evaluate(() => {
    globalThis.longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries())
        globalThis.longest = Math.max(globalThis.longest, duration);
    }).observe({ type: "longtask" });
  });
  await new Promise((resolve) => setTimeout(resolve, seconds * 900));
  const longestTaskMs = await page.evaluate(() => globalThis.longest);
  const late = await heap();
  await page.getByLabel("Choose all devices").check();
  await page.getByRole("button", { name: "Switch off" }).first().click();
  await page.getByText(`0 of ${count}`).waitFor();
  // The ledger waits this long before it calls an acknowledged message lost.
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const figure = async (name) =>
    Number(
      await page.locator("dl.figures").first().locator("div", { hasText: name }).locator("dd").textContent(),
    );
  const result = {
    sent: await figure("Sent"),
    acknowledged: await figure("Acknowledged"),
    failed: await figure("Failed"),
    lost: await figure("Lost"),
    longestTaskMs,
    heapMb: [early, late],
  };
  await page.context().close();
  return result;
}
