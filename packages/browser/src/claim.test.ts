import { VirtualClock } from "@isohub/core/testing";
import { expect, it } from "vitest";
import { Claims, graceMs } from "./claim.ts";

const never = new AbortController().signal;
const name = "hub.example/devices/d1 at hub.example:443";

it("a name has one holder in a page, also where there are no Web Locks", async () => {
  const clock = new VirtualClock();
  const claims = new Claims({ clock, locks: undefined });
  const letGo = await claims.claim(name, never);
  const another = await claims.claim("another name", never);
  const second = claims.claim(name, never);
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
  (await claims.claim(name, never))();
  another();
  expect(clock.timers).toBe(0);
});

it("who claims while the holder is just letting go gets it, one after the other", async () => {
  const clock = new VirtualClock();
  const claims = new Claims({ clock, locks: undefined });
  const first = await claims.claim(name, never);
  const second = claims.claim(name, never);
  const third = claims.claim(name, never);
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
  const claims = new Claims({ clock, locks: undefined });
  const first = await claims.claim(name, never);
  const abort = new AbortController();
  const given = claims.claim(name, abort.signal);
  const reason = new Error("changed my mind");
  abort.abort(reason);
  await expect(given).rejects.toBe(reason);
  first();
  (await claims.claim(name, never))();
  expect(clock.timers).toBe(0);
});

it("a page that may have no locks holds its names all the same", async () => {
  const clock = new VirtualClock();
  const request = (): Promise<never> => Promise.reject(new Error("SecurityError"));
  const claims = new Claims({ clock, locks: { request } as never });
  const letGo = await claims.claim(name, never);
  const second = claims.claim(name, never);
  second.catch(() => {});
  await clock.advance(graceMs);
  await expect(second).rejects.toMatchObject({ code: "identity_in_use" });
  letGo();
});
