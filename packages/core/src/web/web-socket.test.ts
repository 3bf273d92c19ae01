import { describe, expect, it } from "vitest";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { highWaterMark, openWebSocket, webSocketUrl } from "./web-socket.ts";

/** The runtime's end of a WebSocket, played by a test. */
class FakeSocket {
  readonly OPEN = 1;
  readonly CLOSED = 3;
  binaryType = "blob";
  readyState = 0;
  bufferedAmount = 0;
  readonly sent: number[][] = [];
  closes = 0;

  send(block: Uint8Array): void {
    this.sent.push([...block]);
  }

  close(): void {
    this.closes += 1;
    this.readyState = 2;
  }

  emit(type: string, details: object = {}): void {
    if (type === "open") this.readyState = 1;
    if (type === "close") this.readyState = 3;
    const heard: unknown = Reflect.get(this, `on${type}`);
    if (typeof heard === "function") heard.call(this, Object.assign(new Event(type), details));
  }
}

function dial() {
  const socket = new FakeSocket();
  const clock = new VirtualClock();
  const abort = new AbortController();
  const reported: unknown[] = [];
  const opening = openWebSocket(socket as unknown as WebSocket, {
    clock,
    signal: abort.signal,
    handlers: {
      onData: (bytes) => reported.push([...bytes]),
      onDrain: () => reported.push("drain"),
      onClose: (cause) => reported.push(cause?.message ?? "end"),
    },
    failed: (detail) => new Error(`failed: ${detail}`),
  });
  return { socket, clock, abort, reported, opening };
}

async function open() {
  const dialled = dial();
  dialled.socket.emit("open");
  return { ...dialled, connection: await dialled.opening };
}

const tick = (): Promise<void> => Promise.resolve();

describe("a WebSocket of the runtime", () => {
  it("connects to the endpoint, over TLS unless it is a plain one", () => {
    const end = { host: "hub.example", port: 443, path: "/p", secure: true } as never;
    expect(webSocketUrl(end, "?q=1")).toBe("wss://hub.example:443/p?q=1");
    expect(webSocketUrl({ ...(end as object), secure: false, host: "::1" } as never)).toBe(
      "ws://[::1]:443/p",
    );
  });

  it("receives and sends bytes, and everything sent in one tick leaves as one frame", async () => {
    const { socket, reported, connection } = await open();
    expect(socket.binaryType).toBe("arraybuffer");
    socket.emit("message", { data: Uint8Array.of(1, 2).buffer });
    expect(reported).toEqual([[1, 2]]);
    connection.send(Uint8Array.of(3));
    connection.send(Uint8Array.of(4, 5));
    expect(socket.sent).toEqual([]);
    await tick();
    expect(socket.sent).toEqual([[3, 4, 5]]);
  });

  it("that doesn't open rejects with the runtime's reason, which may be empty", async () => {
    const page = dial();
    page.socket.emit("error");
    await expect(page.opening).rejects.toThrow(/^failed: $/);
    const deno = dial();
    deno.socket.emit("error", { message: "invalid peer certificate" });
    await expect(deno.opening).rejects.toThrow("failed: invalid peer certificate");
    const closed = dial();
    closed.socket.emit("close", { code: 1006, reason: "" });
    await expect(closed.opening).rejects.toThrow("failed: ");
  });

  it("can be canceled while it opens", async () => {
    const { socket, abort, opening, reported } = dial();
    const reason = new Error("changed my mind");
    abort.abort(reason);
    await expect(opening).rejects.toBe(reason);
    expect(socket.closes).toBe(1);
    socket.emit("open");
    socket.emit("close", { code: 1000, reason: "" });
    expect(reported).toEqual([]);
    const late = dial();
    late.abort.abort(reason);
    await expect(late.opening).rejects.toBe(reason);
  });

  it("reports that it is full, and once that it has room again", async () => {
    const { socket, clock, reported, connection } = await open();
    socket.bufferedAmount = highWaterMark + 1;
    expect(connection.send(Uint8Array.of(1))).toBe(true);
    await tick();
    expect(connection.send(Uint8Array.of(2))).toBe(false);
    await tick();
    await clock.advance(1000);
    expect(reported).toEqual([]);
    socket.bufferedAmount = highWaterMark / 2;
    await clock.advance(1000);
    await clock.advance(1000);
    expect(reported).toEqual(["drain"]);
    expect(connection.send(Uint8Array.of(3))).toBe(true);
    expect(clock.timers).toBe(0);
  });

  it.each([
    ["a plain end", { code: 1000, reason: "" }, undefined, "end"],
    ["an end without a closing frame, in a page", { code: 1006, reason: "" }, {}, "end"],
    [
      "an end without a closing frame, in Deno",
      { code: 0, reason: "" },
      { message: "Unexpected EOF" },
      "end",
    ],
    ["an error", { code: 1006, reason: "" }, { message: "reset by peer" }, "reset by peer"],
    ["a code", { code: 1009, reason: "too big" }, undefined, "code 1009 too big"],
  ])("reports its end once: %s", async (_what, close, error, cause) => {
    const { socket, reported, clock } = await open();
    if (error !== undefined) socket.emit("error", error);
    socket.emit("close", close);
    expect(reported).toEqual([cause]);
    expect(clock.timers).toBe(0);
  });

  it("ends on text frames, which MQTT doesn't use", async () => {
    const { socket, reported } = await open();
    socket.emit("message", { data: "hello" });
    expect(socket.closes).toBe(1);
    socket.emit("close", { code: 1005, reason: "" });
    expect(reported).toEqual(["the hub sent text instead of binary MQTT"]);
  });

  it("sends the collected bytes before it closes, and waits for the end", async () => {
    const { socket, connection } = await open();
    connection.send(Uint8Array.of(0xe0, 0));
    let closed = false;
    const closing = connection.close().then(() => {
      closed = true;
    });
    expect(socket.sent).toEqual([[0xe0, 0]]);
    await tick();
    expect(closed).toBe(false);
    socket.emit("close", { code: 1000, reason: "" });
    await closing;
  });

  it("that is aborted discards the collected bytes, ignores later events and leaves no timer", async () => {
    const { socket, clock, reported, connection } = await open();
    socket.bufferedAmount = highWaterMark + 1;
    connection.send(Uint8Array.of(1));
    await tick();
    connection.send(Uint8Array.of(2));
    connection.abort();
    await tick();
    socket.emit("message", { data: Uint8Array.of(9).buffer });
    expect(socket.sent).toEqual([[1]]);
    expect(reported).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  it("sends nothing once it is closing", async () => {
    const { socket, connection } = await open();
    socket.readyState = 2;
    connection.send(Uint8Array.of(1));
    await tick();
    expect(socket.sent).toEqual([]);
  });
});
