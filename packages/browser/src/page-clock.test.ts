import { VirtualClock } from "@isohub/core/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { PageClock } from "./page-clock.ts";

/** The page's own timers: standing still, as those of a hidden page, until a test moves them. */
let page: VirtualClock;
/** Time as it really goes, which an workerTimer keeps to. */
let real: VirtualClock;
let hidden: boolean;
let clock: PageClock;
let rung: string[];
let timers: number;
let visibilityChanged: () => void;

function start({ workers = true } = {}): void {
  page = new VirtualClock();
  real = new VirtualClock();
  hidden = false;
  rung = [];
  timers = 0;
  visibilityChanged = () => {};
  clock = new PageClock({
    own: page,
    monotonic: () => real.now(),
    isHidden: () => hidden,
    onVisibilityChange(run) {
      visibilityChanged = run;
    },
    createWorkerTimer(ring) {
      if (!workers) return undefined;
      timers += 1;
      let timer = real.setTimer(() => {}, 0);
      return {
        set(ms) {
          timer.cancel();
          timer = real.setTimer(ring, ms);
        },
      };
    },
  });
}

const timer = (name: string, ms: number): (() => void) => clock.setTimer(() => rung.push(name), ms).cancel;
const hide = (): void => {
  hidden = true;
  visibilityChanged();
};
const both = (ms: number): Promise<unknown> => Promise.all([page.advance(ms), real.advance(ms)]);

beforeEach(() => start());

describe("the clock of a page", () => {
  it("is the page's own while the page is shown, and starts no worker", async () => {
    timer("a", 1000);
    await both(999);
    expect(rung).toEqual([]);
    await both(1);
    expect(rung).toEqual(["a"]);
    expect(timers).toBe(0);
    expect(clock.now()).toBe(page.now());
  });

  it("rings on time in a hidden page, in the order of time, once each", async () => {
    timer("late", 2000);
    timer("early", 1000);
    hide();
    await real.advance(1000);
    expect(rung).toEqual(["early"]);
    await real.advance(1000);
    expect(rung).toEqual(["early", "late"]);
    await page.advance(60_000);
    expect(rung).toEqual(["early", "late"]);
    expect(timers).toBe(1);
  });

  it("takes timers that are set while hidden, sooner or later than those there are", async () => {
    timer("later", 5000);
    hide();
    timer("sooner", 10);
    timer("last", 9000);
    await real.advance(10);
    expect(rung).toEqual(["sooner"]);
    await real.advance(9000);
    expect(rung).toEqual(["sooner", "later", "last"]);
  });

  it("goes on with a chain of timers", async () => {
    hide();
    const again = (): void => {
      rung.push("tick");
      if (rung.length < 5) clock.setTimer(again, 1000);
    };
    clock.setTimer(again, 1000);
    await real.advance(5000);
    expect(rung).toHaveLength(5);
  });

  it("rings no timer that was cancelled, by itself or by another one that was due with it", async () => {
    hide();
    timer("first", 1000);
    timer("cancelled", 500)();
    let cancel = (): void => {};
    clock.setTimer(() => cancel(), 999);
    cancel = timer("by another", 1000);
    await real.advance(2000);
    expect(rung).toEqual(["first"]);
    expect(page.timers).toBe(0);
  });

  it("is late, and loses nothing, where there can be no worker", async () => {
    start({ workers: false });
    hide();
    timer("a", 1000);
    await real.advance(60_000);
    expect(rung).toEqual([]);
    await page.advance(60_000);
    expect(rung).toEqual(["a"]);
  });
});
