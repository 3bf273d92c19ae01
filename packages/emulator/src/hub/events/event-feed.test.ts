import { VirtualClock } from "@isohub/core/testing";
import { describe, expect, it } from "vitest";
import { EventFeed } from "./event-feed.ts";

const d1 = { deviceId: "d1" };

describe("the event feed", () => {
  it("calls listeners with the type, identity and time of each event, until they are removed", () => {
    const feed = new EventFeed(new VirtualClock());
    const seen: unknown[] = [];
    const leave = feed.on((event) => seen.push(event));
    feed.emit("c2dEnqueued", { deviceId: "d1", moduleId: "m1" }, { messageId: "x" });
    leave();
    feed.emit("deviceCreated", d1, {});
    expect(seen).toEqual([
      { type: "c2dEnqueued", at: "2026-01-01T00:00:00.000Z", deviceId: "d1", moduleId: "m1", messageId: "x" },
    ]);
  });

  it("streams every event from the call on, including those before the first read", async () => {
    const feed = new EventFeed(new VirtualClock());
    feed.emit("deviceCreated", d1, {});
    const stream = feed.stream();
    feed.emit("deviceUpdated", d1, {});
    feed.emit("deviceDeleted", d1, {});
    expect((await stream.next()).value).toMatchObject({ type: "deviceUpdated" });
    expect((await stream.next()).value).toMatchObject({ type: "deviceDeleted" });
    const next = stream.next();
    feed.emit("twinRead", d1, {});
    expect((await next).value).toMatchObject({ type: "twinRead" });
  });

  it("ends a stream with its signal, when the loop is left, and with the hub", async () => {
    const feed = new EventFeed(new VirtualClock());
    const abort = new AbortController();
    const byAbort = feed.stream(abort.signal).next();
    abort.abort();
    expect(await byAbort).toEqual({ done: true, value: undefined });
    expect(await feed.stream(abort.signal).next()).toEqual({ done: true, value: undefined });

    const stream = feed.stream();
    feed.emit("twinRead", d1, {});
    for await (const event of stream) {
      expect(event.type).toBe("twinRead");
      break;
    }
    expect(await stream.next()).toEqual({ done: true, value: undefined });

    const byClose = feed.stream().next();
    feed.close();
    expect(await byClose).toEqual({ done: true, value: undefined });
  });

  it("delivers every event to each stream", async () => {
    const feed = new EventFeed(new VirtualClock());
    const streams = [feed.stream(), feed.stream()];
    feed.emit("twinRead", d1, {});
    for (const stream of streams) expect((await stream.next()).value).toMatchObject({ type: "twinRead" });
  });
});
