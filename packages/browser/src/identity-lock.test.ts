import { VirtualClock } from "@isohub/core/testing";
import { expect, it } from "vitest";
import { graceMs, IdentityLocks } from "./identity-lock.ts";

const never = new AbortController().signal;
const name = "hub.example/devices/d1 at hub.example:443";

it("a lock has one holder in a page, even without Web Locks", async () => {
  const clock = new VirtualClock();
  const identityLocks = new IdentityLocks({ clock, locks: undefined });
  const release = await identityLocks.lock(name, never);
  const releaseOther = await identityLocks.lock("another name", never);
  const second = identityLocks.lock(name, never);
  second.catch(() => {});
  await clock.advance(graceMs);
  await expect(second).rejects.toMatchObject({
    name: "ConnectionFailedError",
    code: "identity_in_use",
    retryable: true,
    message: expect.stringContaining("Another client in this page"),
    remediation: expect.stringContaining("shut it down"),
  });
  release();
  release();
  (await identityLocks.lock(name, never))();
  releaseOther();
  expect(clock.timers).toBe(0);
});

it("a lock that is released within the grace period goes to the next in line", async () => {
  const clock = new VirtualClock();
  const identityLocks = new IdentityLocks({ clock, locks: undefined });
  const releaseFirst = await identityLocks.lock(name, never);
  const second = identityLocks.lock(name, never);
  const third = identityLocks.lock(name, never);
  third.catch(() => {});
  await clock.advance(graceMs / 2);
  releaseFirst();
  const releaseSecond = await second;
  await clock.advance(graceMs);
  await expect(third).rejects.toMatchObject({ code: "identity_in_use" });
  releaseSecond();
});

it("an aborted request holds no lock", async () => {
  const clock = new VirtualClock();
  const identityLocks = new IdentityLocks({ clock, locks: undefined });
  const release = await identityLocks.lock(name, never);
  const abort = new AbortController();
  const aborted = identityLocks.lock(name, abort.signal);
  const reason = new Error("changed my mind");
  abort.abort(reason);
  await expect(aborted).rejects.toBe(reason);
  release();
  (await identityLocks.lock(name, never))();
  expect(clock.timers).toBe(0);
});

it("a page whose Web Locks fail locks its own identities", async () => {
  const clock = new VirtualClock();
  const fail = (): Promise<never> => Promise.reject(new Error("SecurityError"));
  const identityLocks = new IdentityLocks({ clock, locks: { request: fail, query: fail } });
  const release = await identityLocks.lock(name, never);
  const second = identityLocks.lock(name, never);
  second.catch(() => {});
  await clock.advance(graceMs);
  await expect(second).rejects.toMatchObject({ code: "identity_in_use" });
  release();
});

it("a lock that reports its use waits in line as long as it takes", async () => {
  const clock = new VirtualClock();
  const identityLocks = new IdentityLocks({ clock, locks: undefined });
  const releaseFirst = await identityLocks.lock(name, never);
  const reports: unknown[] = [];
  const order: number[] = [];
  const waiting = [1, 2].map(async (number) => {
    const release = await identityLocks.lock(name, never, (error) => reports.push(error.code));
    order.push(number);
    release();
  });
  await clock.advance(graceMs);
  expect(reports).toEqual(["identity_in_use", "identity_in_use"]);
  await clock.advance(24 * 3600 * 1000);
  expect(order).toEqual([]);
  releaseFirst();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2]);
  expect(clock.timers).toBe(0);
});

it("a lock that waits in line leaves it when it is aborted", async () => {
  const clock = new VirtualClock();
  const identityLocks = new IdentityLocks({ clock, locks: undefined });
  const release = await identityLocks.lock(name, never);
  const abort = new AbortController();
  const aborted = identityLocks.lock(name, abort.signal, () => {});
  await clock.advance(graceMs);
  const reason = new Error("changed my mind");
  abort.abort(reason);
  await expect(aborted).rejects.toBe(reason);
  release();
  (await identityLocks.lock(name, never))();
});

it("a lock without a holder isn't in use, however long the browser takes to grant it", async () => {
  const clock = new VirtualClock();
  let grant = (): void => {};
  const locks = {
    request: (_name: string, _options: unknown, hold: () => Promise<void>): Promise<void> =>
      new Promise((resolve) => {
        grant = () => resolve(hold());
      }),
    query: async (): Promise<LockManagerSnapshot> => ({ held: [], pending: [] }),
  };
  const identityLocks = new IdentityLocks({ clock, locks: locks as unknown as LockManager });
  const locked = identityLocks.lock(name, never);
  await clock.advance(graceMs * 5);
  grant();
  (await locked)();
  expect(clock.timers).toBe(0);
});
