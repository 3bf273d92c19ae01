import { VirtualClock } from "@isohub/core/testing";
import { expect, it } from "vitest";
import { graceMs, IdentityLocks } from "./identity-lock.ts";

const never = new AbortController().signal;
const name = "hub.example/devices/d1 at hub.example:443";

it("a name has one holder in a page, also where there are no Web Locks", async () => {
  const clock = new VirtualClock();
  const identityLocks = new IdentityLocks({ clock, locks: undefined });
  const letGo = await identityLocks.lock(name, never);
  const another = await identityLocks.lock("another name", never);
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
  letGo();
  letGo();
  (await identityLocks.lock(name, never))();
  another();
  expect(clock.timers).toBe(0);
});

it("who identityLocks while the holder is just letting go gets it, one after the other", async () => {
  const clock = new VirtualClock();
  const identityLocks = new IdentityLocks({ clock, locks: undefined });
  const first = await identityLocks.lock(name, never);
  const second = identityLocks.lock(name, never);
  const third = identityLocks.lock(name, never);
  third.catch(() => {});
  await clock.advance(graceMs / 2);
  first();
  const letGo = await second;
  await clock.advance(graceMs);
  await expect(third).rejects.toMatchObject({ code: "identity_in_use" });
  letGo();
});

it("a claim that is given up holds nothing", async () => {
  const clock = new VirtualClock();
  const identityLocks = new IdentityLocks({ clock, locks: undefined });
  const first = await identityLocks.lock(name, never);
  const abort = new AbortController();
  const given = identityLocks.lock(name, abort.signal);
  const reason = new Error("changed my mind");
  abort.abort(reason);
  await expect(given).rejects.toBe(reason);
  first();
  (await identityLocks.lock(name, never))();
  expect(clock.timers).toBe(0);
});

it("a page that may have no locks holds its names all the same", async () => {
  const clock = new VirtualClock();
  const request = (): Promise<never> => Promise.reject(new Error("SecurityError"));
  const identityLocks = new IdentityLocks({ clock, locks: { request } as never });
  const letGo = await identityLocks.lock(name, never);
  const second = identityLocks.lock(name, never);
  second.catch(() => {});
  await clock.advance(graceMs);
  await expect(second).rejects.toMatchObject({ code: "identity_in_use" });
  letGo();
});
