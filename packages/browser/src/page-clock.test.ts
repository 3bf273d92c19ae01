import { VirtualClock } from "@isohub/core/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { PageClock } from "./page-clock.ts";

/** The page's own timers. Like those of a hidden page, they stand still until a test advances them. */
let page: VirtualClock;
/** The time that a worker timer follows. */
let real: VirtualClock;
let hidden: boolean;
let clock: PageClock;
let fired: string[];
let workers: number;
let visibilityChanged: () => void;

function start({ allowsWorkers = true } = {}): void {
  page = new VirtualClock();
  real = new VirtualClock();
  hidden = false;
  fired = [];
  workers = 0;
  visibilityChanged = () => {};
  clock = new PageClock({
    pageClock: page,
    monotonic: () => real.now(),
    isHidden: () => hidden,
    onVisibilityChange(run) {
      visibilityChanged = run;
    },
    createWorkerTimer(onTimer) {
      if (!allowsWorkers) return undefined;
      workers += 1;
      let timer = real.setTimer(() => {}, 0);
      return {
        set(ms) {
          timer.cancel();
          timer = real.setTimer(onTimer, ms);
        },
      };
    },
  });
}

const timer = (name: string, ms: number): (() => void) => clock.setTimer(() => fired.push(name), ms).cancel;
const hide = (): void => {
  hidden = true;
  visibilityChanged();
};
const both = (ms: number): Promise<unknown> => Promise.all([page.advance(ms), real.advance(ms)]);

beforeEach(() => start());

describe("the clock of a page", () => {
  it("uses the page's timers while the page is visible, and starts no worker", async () => {
    timer("a", 1000);
    await both(999);
    expect(fired).toEqual([]);
    await both(1);
    expect(fired).toEqual(["a"]);
    expect(workers).toBe(0);
    expect(clock.now()).toBe(page.now());
  });

  it("fires timers on time in a hidden page, in order and once each", async () => {
    timer("late", 2000);
    timer("early", 1000);
    hide();
    await real.advance(1000);
    expect(fired).toEqual(["early"]);
    await real.advance(1000);
    expect(fired).toEqual(["early", "late"]);
    await page.advance(60_000);
    expect(fired).toEqual(["early", "late"]);
    expect(workers).toBe(1);
  });

  it("accepts earlier and later timers while the page is hidden", async () => {
    timer("later", 5000);
    hide();
    timer("sooner", 10);
    timer("last", 9000);
    await real.advance(10);
    expect(fired).toEqual(["sooner"]);
    await real.advance(9000);
    expect(fired).toEqual(["sooner", "later", "last"]);
  });

  it("fires timers that set the next one", async () => {
    hide();
    const again = (): void => {
      fired.push("tick");
      if (fired.length < 5) clock.setTimer(again, 1000);
    };
    clock.setTimer(again, 1000);
    await real.advance(5000);
    expect(fired).toHaveLength(5);
  });

  it("doesn't fire a cancelled timer, even if another timer that is due cancels it", async () => {
    hide();
    timer("first", 1000);
    timer("cancelled", 500)();
    let cancel = (): void => {};
    clock.setTimer(() => cancel(), 999);
    cancel = timer("by another", 1000);
    await real.advance(2000);
    expect(fired).toEqual(["first"]);
    expect(page.timers).toBe(0);
  });

  it("fires late without a worker, but loses no timer", async () => {
    start({ allowsWorkers: false });
    hide();
    timer("a", 1000);
    await real.advance(60_000);
    expect(fired).toEqual([]);
    await page.advance(60_000);
    expect(fired).toEqual(["a"]);
  });
});
