// Pages with an outbox in IndexedDB that are reloaded, closed, and open twice.
import { setTimeout as delay } from "node:timers/promises";
import type { BrowserContext, Page } from "playwright";
import { expect, it, onTestFinished } from "vitest";
import { seededRandom } from "../../../../scripts/lib/sample.mjs";
import { freshId } from "../device.ts";
import { eventually } from "../eventually.ts";
import { OutboxJudge } from "../outbox-judge.ts";
import { providedPlainHub } from "../provided-hub.ts";
import { Chromium } from "./chromium.ts";
import type {} from "./page-globals.ts";
import { globalPage, servePage } from "./page-server.ts";

const { hub } = providedPlainHub();
const chromium = new Chromium();

type OutboxModule = typeof import("@isohub/browser/outbox");

/**
 * The script of each page: makes the outbox's module a global, and a function that waits for the outbox. The browser releases
 * that of a closed page a moment later.
 */
const page = `${globalPage}<script type="module">
  import * as outbox from "./outbox.js";
  globalThis.outboxModule = outbox;
  globalThis.untilFree = (operation) =>
    operation().catch((error) => {
      if (error.code !== "outbox_in_use") throw error;
      return new Promise((resolve) => setTimeout(resolve, 20)).then(() => untilFree(operation));
    });
</script>`;

declare global {
  var outboxModule: OutboxModule;
  /** Runs an operation as soon as no other page uses the outbox. */
  var untilFree: <T>(operation: () => Promise<T>) => Promise<T>;
  /** Reports an accepted message to the test. */
  var accepted: (number: number, messageId: string, priority: string) => Promise<void>;
}

async function open(origin: string, context: BrowserContext): Promise<Page> {
  const opened = (await chromium.open(origin, context)).page;
  await opened.waitForFunction(() => "outboxModule" in globalThis);
  return opened;
}

/** Creates a client with the outbox in a page. */
function createClient(tab: Page, connectionString: string): Promise<void> {
  return tab.evaluate((text) => {
    const { createOutbox, indexedDbOutboxStore } = outboxModule;
    const outbox = createOutbox({ store: indexedDbOutboxStore("test") });
    const client = isohub.IoTHubDeviceClient.createFromConnectionString(text, { outbox });
    const background: string[] = [];
    client.onBackgroundException = ({ code }) => void background.push(code);
    globalThis.pageTest = { client, background };
  }, connectionString);
}

/** Enqueues messages until the page ends. */
function enqueueFrom(tab: Page, first: number): Promise<void> {
  return tab.evaluate((start) => {
    const { client } = pageTest;
    const enqueue = async (number: number): Promise<void> => {
      const priority = (["high", "normal", "low"] as const)[number % 3] ?? "low";
      const { messageId } = await untilFree(() => client.enqueue({ number, priority }, { priority }));
      accepted(number, messageId, priority);
    };
    void (async () => {
      for (let number = start; ; number += 2) await Promise.all([enqueue(number), enqueue(number + 1)]);
    })();
  }, first);
}

it("a page that is reloaded and closed loses nothing that its outbox accepted", async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = seededRandom(seed);
  const origin = await servePage(page);
  const context = await chromium.context();
  const deviceId = freshId();
  const { connectionString } = await hub.createDevice(deviceId);
  const judge = new OutboxJudge(hub, deviceId);
  let count = 0;
  let onAccepted = (): void => {};
  await context.exposeFunction("accepted", (number: number, messageId: string, priority: string) => {
    judge.accept({ number, messageId, priority });
    count++;
    onAccepted();
  });
  // The hub keeps a limited number of messages of a device.
  let isDone = false;
  onTestFinished(() => {
    isDone = true;
  });
  const collecting = (async () => {
    while (!isDone) {
      await judge.collect();
      await delay(50);
    }
  })();
  let tab = await open(origin, context);
  for (let run = 0; run < 4; run++) {
    await createClient(tab, connectionString);
    const target = count + 1 + Math.floor(random() * 60);
    const reached = new Promise<void>((resolve) => {
      onAccepted = () => {
        if (count >= target) resolve();
      };
    });
    await enqueueFrom(tab, run * 1_000_000);
    await reached;
    if (run % 2 === 0) {
      await tab.reload();
      await tab.waitForFunction(() => "outboxModule" in globalThis);
    } else {
      await tab.close();
      tab = await open(origin, context);
    }
  }
  await createClient(tab, connectionString);
  const background = await tab.evaluate(async () => {
    await untilFree(() => pageTest.client.flush({ timeoutMs: Number.POSITIVE_INFINITY }));
    return pageTest.background;
  });
  isDone = true;
  await collecting;
  await judge.collect();
  expect(judge.verdict(), `seed ${seed}`).toMatchObject({ lost: [], ambiguous: [], outOfOrder: [] });
  expect(judge.verdict().accepted).toBeGreaterThan(6);
  expect(background).toEqual([]);
});

it("a second tab can't use the same outbox until the first one is closed", async () => {
  const origin = await servePage(page);
  const context = await chromium.context();
  const { connectionString } = await hub.createDevice(freshId());
  const [first, second] = [await open(origin, context), await open(origin, context)];
  await createClient(first, connectionString);
  expect(await first.evaluate(() => pageTest.client.enqueue("1").then(() => "accepted"))).toBe("accepted");
  await createClient(second, connectionString);
  const enqueue = (): Promise<string> =>
    second.evaluate(() =>
      pageTest.client.enqueue("2").then(
        () => "accepted",
        ({ code }: { code: string }) => code,
      ),
    );
  expect(await enqueue()).toBe("outbox_in_use");
  await first.close();
  // The browser releases the lock at the end of the page.
  await eventually(async () => expect(await enqueue()).toBe("accepted"));
});
