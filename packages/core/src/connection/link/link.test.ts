import { describe, expect, it } from "vitest";
import {
  ConnectionDroppedError,
  ConnectionFailedError,
  CredentialError,
  OperationTimeoutError,
  ProtocolError,
} from "../../errors.ts";
import type { InboundPublish } from "../../mqtt/engine.ts";
import { encodePublish } from "../../mqtt/publish-packet.ts";
import { openLink, ScriptedLink } from "../../testing/scripted-engine.ts";
import { deferred } from "../../util/deferred.ts";
import { utf8 } from "../../util/text.ts";
import type { Credential } from "../attempt/credential.ts";

const message: InboundPublish = { topic: "t", payload: utf8("x"), qos: 1, dup: false, packetId: 7 };
const never = (): Promise<never> => new Promise(() => {});

describe("Link: connecting", () => {
  it("sends the identity, the password, a persistent session and the keep-alive", async () => {
    const credential: Credential = {
      kind: "generated",
      password: async (nowMs) => ({ password: `token at ${nowMs}`, expiry: 42 }),
    };
    const scripted = await new ScriptedLink({ credential, keepAlive: 30 }).dial();
    expect(scripted.session.options).toEqual({
      clientId: "d1",
      username: "hub.example/d1/?api-version=2021-04-12",
      password: `token at ${scripted.clock.now()}`,
      cleanSession: false,
      keepAliveSeconds: 30,
    });
    scripted.session.events.onOpen(true);
    expect(scripted.opened).toEqual([{ sessionPresent: true, tokenExpiry: 42 }]);
    scripted.link.abort();
    expect(scripted.clock.timers).toBe(0);
  });

  it("signs the token after the connection is established, not at the start", async () => {
    const signedAt: number[] = [];
    const credential: Credential = {
      kind: "generated",
      password: async (nowMs) => {
        signedAt.push(nowMs);
        return { password: "p", expiry: 1 };
      },
    };
    const scripted = new ScriptedLink({ credential });
    const wait = deferred<void>();
    scripted.runtime.dial = () => wait.promise;
    await scripted.dial();
    const began = scripted.clock.now();
    await scripted.clock.advance(5000);
    expect(signedAt).toEqual([]);
    wait.resolve();
    await scripted.clock.advance(0);
    expect(signedAt).toEqual([began + 5000]);
    scripted.link.abort();
  });

  it("fails with the error of the runtime", async () => {
    const error = new ConnectionFailedError("tls_failed", "no trust");
    const scripted = new ScriptedLink();
    scripted.runtime.dial = () => Promise.reject(error);
    await scripted.dial();
    expect(scripted.failed).toEqual([error]);
    expect(scripted.clock.timers).toBe(0);
  });

  it("fails with ConnectionFailedError connect_failed for any other error, which is its cause", async () => {
    const cause = new RangeError("odd");
    const scripted = new ScriptedLink();
    scripted.runtime.dial = () => Promise.reject(cause);
    await scripted.dial();
    expect(scripted.failed[0]).toBeInstanceOf(ConnectionFailedError);
    expect(scripted.failed).toMatchObject([
      { code: "connect_failed", message: "Connecting failed: odd", cause },
    ]);
  });

  it("fails with the error of a token that cannot be signed, and closes the connection", async () => {
    const credential: Credential = {
      kind: "generated",
      password: () => Promise.reject(new Error("TPM is gone")),
    };
    const scripted = await new ScriptedLink({ credential }).dial();
    expect(scripted.failed).toMatchObject([
      { code: "connect_failed", message: "Connecting failed: TPM is gone" },
    ]);
    expect(scripted.runtime.done).toEqual(["aborted"]);
    expect(scripted.clock.timers).toBe(0);
  });

  for (const [returnCode, Type, code, retryable] of [
    [1, ProtocolError, "protocol_version_refused", false],
    [2, CredentialError, "not_authorized", false],
    [3, ConnectionFailedError, "server_unavailable", true],
    [4, CredentialError, "not_authorized", false],
    [5, CredentialError, "not_authorized", false],
  ] as const) {
    it(`connack-map: return code ${returnCode} is ${Type.name} ${code}`, async () => {
      const scripted = await new ScriptedLink().dial();
      scripted.session.events.onRefused(returnCode);
      expect(scripted.failed).toHaveLength(1);
      expect(scripted.failed[0]).toBeInstanceOf(Type);
      expect(scripted.failed[0]).toMatchObject({ code, retryable, message: expect.stringContaining("'d1'") });
      expect(scripted.runtime.done).toContain("aborted");
      expect(scripted.session.stopped).toBe(true);
      expect(scripted.clock.timers).toBe(0);
    });
  }

  it("fails with OperationTimeoutError after connectTimeoutMs without a connection, and aborts", async () => {
    const scripted = new ScriptedLink({ connectTimeoutMs: 5000 });
    let calledOff = false;
    scripted.runtime.dial = (signal) => {
      signal.addEventListener("abort", () => {
        calledOff = true;
      });
      return never();
    };
    await scripted.dial();
    await scripted.clock.advance(4999);
    expect(scripted.failed).toEqual([]);
    await scripted.clock.advance(1);
    expect(scripted.failed[0]).toBeInstanceOf(OperationTimeoutError);
    expect(scripted.failed).toMatchObject([
      {
        code: "operation_timeout",
        message: "Connecting to hub.example:8883 did not finish within 5000 ms: there was no connection",
      },
    ]);
    expect(calledOff).toBe(true);
    expect(scripted.clock.timers).toBe(0);
  });

  it("names a missing CONNACK in that error, and closes the connection", async () => {
    const scripted = await new ScriptedLink({ connectTimeoutMs: 5000 }).dial();
    await scripted.clock.advance(5000);
    expect(scripted.failed).toMatchObject([
      { message: expect.stringContaining("a connection but no CONNACK") },
    ]);
    expect(scripted.runtime.done).toEqual(["aborted"]);
  });

  it("fails with ConnectionFailedError connect_failed if the connection is closed before CONNACK", async () => {
    const cause = new Error("reset");
    const scripted = await new ScriptedLink().dial();
    scripted.wire.onClose(cause);
    expect(scripted.failed[0]).toBeInstanceOf(ConnectionFailedError);
    expect(scripted.failed).toMatchObject([
      { code: "connect_failed", message: "hub.example:8883 closed the connection before CONNACK", cause },
    ]);
    expect(scripted.clock.timers).toBe(0);
  });

  it("fails with the ProtocolError of the engine if the hub breaks the protocol before CONNACK", async () => {
    const error = new ProtocolError("protocol_error", "what?");
    const scripted = await new ScriptedLink().dial();
    scripted.session.events.onProtocolError(error);
    expect(scripted.failed).toEqual([error]);
  });

  it("has no events after it failed", async () => {
    const scripted = await new ScriptedLink().dial();
    const { events } = scripted.session;
    events.onRefused(5);
    events.onOpen(false);
    events.onRefused(5);
    events.onPublish(message);
    scripted.wire.onClose();
    await scripted.clock.advance(100_000);
    expect(scripted.failed).toHaveLength(1);
    expect([scripted.opened, scripted.lost, scripted.received]).toEqual([[], [], []]);
  });

  it("ends silently if it is aborted, and closes a connection that is established later", async () => {
    const scripted = new ScriptedLink();
    const wait = deferred<void>();
    scripted.runtime.dial = () => wait.promise;
    await scripted.dial();
    scripted.link.abort();
    expect(scripted.clock.timers).toBe(0);
    wait.resolve();
    await scripted.clock.advance(0);
    expect(scripted.runtime.done).toEqual(["aborted"]);
    expect(scripted.failed).toEqual([]);
    expect(scripted.engine.sessions).toEqual([]);
  });

  it("leaves no connection open if the engine cannot be loaded, before or after connecting", async () => {
    for (const connectionFirst of [true, false]) {
      const scripted = new ScriptedLink();
      const wait = deferred<void>();
      const load = deferred<void>();
      scripted.runtime.dial = () => wait.promise;
      scripted.engine.prepared = load.promise;
      await scripted.dial();
      const steps = [() => wait.resolve(), () => load.reject(new Error("cannot load"))];
      for (const step of connectionFirst ? steps : steps.reverse()) {
        step();
        await scripted.clock.advance(0);
      }
      expect(scripted.failed).toMatchObject([
        { code: "connect_failed", message: "Connecting failed: cannot load" },
      ]);
      expect(scripted.runtime.done).toEqual(["aborted"]);
      expect(scripted.clock.timers).toBe(0);
    }
  });

  it("starts no session if it is aborted while the token is signed", async () => {
    const signing = deferred<{ password: string; expiry: number }>();
    const scripted = await new ScriptedLink({
      credential: { kind: "generated", password: () => signing.promise },
    }).dial();
    scripted.link.abort();
    signing.resolve({ password: "p", expiry: 1 });
    await scripted.clock.advance(0);
    expect(scripted.engine.sessions).toEqual([]);
    expect(scripted.runtime.done).toEqual(["aborted"]);
  });
});

describe("Link: an open connection", () => {
  it("passes on messages of the hub, with a function that acknowledges them while it is open", async () => {
    const scripted = await openLink();
    scripted.session.events.onPublish({ ...message, qos: 0, packetId: undefined });
    expect(scripted.acknowledge).toBeUndefined();
    scripted.session.events.onPublish(message);
    expect(scripted.received).toEqual([{ ...message, qos: 0, packetId: undefined }, message]);
    expect(scripted.session.acknowledged).toEqual([]);
    const { acknowledge } = scripted;
    acknowledge?.();
    expect(scripted.session.acknowledged).toEqual([7]);
    scripted.link.abort();
    acknowledge?.();
    scripted.session.events.onPublish(message);
    expect(scripted.session.acknowledged).toEqual([7]);
    expect(scripted.received).toHaveLength(2);
  });

  it("is lost, by the peer, if the hub closes it: ConnectionDroppedError connection_dropped", async () => {
    const scripted = await openLink();
    scripted.wire.onClose();
    expect(scripted.lost).toMatchObject([
      {
        error: { code: "connection_dropped", message: "The connection was closed by the hub" },
        closedByPeer: true,
      },
    ]);
    expect(scripted.lost[0]?.error).toBeInstanceOf(ConnectionDroppedError);
    expect(scripted.session.stopped).toBe(true);
    expect(scripted.clock.timers).toBe(0);
  });

  it("is lost, and not by the peer, if it breaks", async () => {
    const cause = new Error("read ECONNRESET");
    const scripted = await openLink();
    scripted.wire.onClose(cause);
    expect(scripted.lost).toMatchObject([
      { error: { message: "The connection broke: read ECONNRESET", cause }, closedByPeer: false },
    ]);
  });

  it("is lost and closed if the hub breaks the protocol", async () => {
    const scripted = await openLink();
    scripted.session.events.onProtocolError(new Error("garbage"));
    expect(scripted.lost).toMatchObject([
      { error: { name: "ProtocolError", code: "protocol_error" }, closedByPeer: false },
    ]);
    expect(scripted.runtime.done).toEqual(["aborted"]);
  });

  it("is lost only once", async () => {
    const scripted = await openLink();
    scripted.wire.onClose();
    scripted.wire.onClose(new Error("again"));
    scripted.session.events.onProtocolError(new Error("late"));
    await scripted.clock.advance(1_000_000);
    expect(scripted.lost).toHaveLength(1);
    expect(scripted.failed).toEqual([]);
  });

  it("reports that it is full until it has drained", async () => {
    const scripted = await openLink();
    scripted.runtime.room = false;
    expect(scripted.link.isFull).toBe(false);
    scripted.link.publish(encodePublish({ topic: "t", payload: utf8("x"), qos: 1, dup: false, packetId: 1 }));
    expect(scripted.link.isFull).toBe(true);
    scripted.wire.onDrain();
    expect(scripted.link.isFull).toBe(false);
    expect(scripted.drains).toBe(1);
    scripted.link.abort();
  });

  it("closes with DISCONNECT first [MQTT-3.14.4-1], and aborts if the peer does not close within 2 s", async () => {
    const scripted = await openLink();
    const closing = deferred<void>();
    scripted.runtime.closing = closing.promise;
    let closed = false;
    const close = scripted.link.close().then(() => {
      closed = true;
    });
    expect(scripted.session.disconnected).toBe(true);
    expect(scripted.runtime.done).toEqual(["closed"]);
    await scripted.clock.advance(1999);
    expect(closed).toBe(false);
    await scripted.clock.advance(1);
    await close;
    expect(scripted.runtime.done).toEqual(["closed", "aborted"]);
    expect(scripted.clock.timers).toBe(0);
    expect(scripted.lost).toEqual([]);
  });

  it("sends nothing and sets no timer after its end", async () => {
    const scripted = await openLink({ keepAlive: 1740 });
    scripted.link.abort();
    await scripted.link.close();
    expect(scripted.session.disconnected).toBe(false);
    expect(scripted.runtime.done).not.toContain("closed");
    scripted.link.publish(encodePublish({ topic: "t", payload: utf8("x"), qos: 1, dup: false, packetId: 1 }));
    expect(scripted.clock.timers).toBe(0);
  });

  it("is aborted if it is closed before it is open", async () => {
    const scripted = new ScriptedLink();
    scripted.runtime.dial = never;
    await scripted.dial();
    await scripted.link.close();
    expect(scripted.clock.timers).toBe(0);
    expect(scripted.failed).toEqual([]);
  });

  it("leaves no timer if it closes in time", async () => {
    const scripted = await openLink();
    await scripted.link.close();
    expect(scripted.clock.timers).toBe(0);
    await scripted.link.close();
    scripted.link.abort();
    expect(scripted.lost).toEqual([]);
  });
});

describe("Link: SUBSCRIBE and UNSUBSCRIBE", () => {
  it("resolve with the response of the hub, and leave no timer", async () => {
    const scripted = await openLink();
    const timers = scripted.clock.timers;
    const granted = scripted.link.subscribe([{ filter: "a/#", qos: 1 }]);
    expect(scripted.clock.timers).toBe(timers + 1);
    scripted.session.subscribed[0]?.answer.resolve([1]);
    expect(await granted).toEqual([1]);
    const unsubscribed = scripted.link.unsubscribe(["a/#"]);
    scripted.session.unsubscribed[0]?.answer.resolve();
    await unsubscribed;
    expect(scripted.clock.timers).toBe(timers);
    scripted.link.abort();
  });

  it("lose the connection without a response in 10 s, and reject with the same error", async () => {
    const scripted = await openLink();
    const granted = scripted.link.subscribe([{ filter: "a/#", qos: 1 }]).catch((error: unknown) => error);
    await scripted.clock.advance(10_000);
    expect(await granted).toBeInstanceOf(ConnectionDroppedError);
    expect(await granted).toHaveProperty("message", "The hub sent no SUBACK within 10000 ms");
    expect(scripted.lost).toMatchObject([{ error: await granted, closedByPeer: false }]);
    expect(scripted.clock.timers).toBe(0);
  });

  it("reject if the connection ends before the response", async () => {
    const scripted = await openLink();
    const granted = scripted.link.subscribe([{ filter: "a/#", qos: 1 }]).catch((error: unknown) => error);
    const unsubscribed = scripted.link.unsubscribe(["a/#"]).catch((error: unknown) => error);
    scripted.wire.onClose();
    expect(await granted).toMatchObject({ name: "ConnectionDroppedError", code: "connection_dropped" });
    expect(await unsubscribed).toMatchObject({ name: "ConnectionDroppedError", code: "connection_dropped" });
    expect(scripted.clock.timers).toBe(0);
  });

  it("reject immediately after the end of the link, and leave no timer", async () => {
    const scripted = await openLink();
    scripted.link.abort();
    const granted = scripted.link.subscribe([{ filter: "a/#", qos: 1 }]).catch((error: unknown) => error);
    expect(await granted).toMatchObject({ name: "ConnectionDroppedError" });
    expect(scripted.clock.timers).toBe(0);
  });
});

describe("Link: keep-alive", () => {
  const data = Uint8Array.of(0xd0, 0);

  it("pings after an interval of silence, as long as there are responses, also within the same millisecond", async () => {
    const scripted = await openLink({ keepAlive: 60 });
    for (let minute = 1; minute <= 10; minute++) {
      await scripted.clock.advance(60_000);
      expect(scripted.session.pings).toBe(minute);
      scripted.wire.onData(data);
    }
    await scripted.clock.advance(30_000);
    expect(scripted.lost).toEqual([]);
    scripted.link.abort();
    expect(scripted.clock.timers).toBe(0);
  });

  it("loses the connection without a response in pingTimeoutMs: ConnectionDroppedError keep_alive_timeout, not by the peer", async () => {
    const scripted = await openLink({ keepAlive: 60, pingTimeoutMs: 10_000 });
    await scripted.clock.advance(69_999);
    expect(scripted.lost).toEqual([]);
    await scripted.clock.advance(1);
    expect(scripted.lost[0]?.error).toBeInstanceOf(ConnectionDroppedError);
    expect(scripted.lost).toMatchObject([
      {
        error: {
          code: "keep_alive_timeout",
          message: "The hub did not respond to a ping within 10000 ms",
        },
        closedByPeer: false,
      },
    ]);
    expect(scripted.runtime.done).toEqual(["aborted"]);
    expect(scripted.clock.timers).toBe(0);
  });

  it("loses the connection after 1.3 times the ping time-out without an acknowledgement, not after the interval", async () => {
    const scripted = await openLink({ keepAlive: 1740, pingTimeoutMs: 10_000 });
    await scripted.clock.advance(1000);
    scripted.unackedSince = scripted.clock.now();
    scripted.link.publish(encodePublish({ topic: "t", payload: utf8("x"), qos: 1, dup: false, packetId: 1 }));
    await scripted.clock.advance(2999);
    expect(scripted.session.pings).toBe(0);
    await scripted.clock.advance(1);
    expect(scripted.session.pings).toBe(1);
    await scripted.clock.advance(10_000);
    expect(scripted.lost).toMatchObject([{ error: { code: "keep_alive_timeout" } }]);
  });

  it("pings immediately with each check(), and once while a response is pending", async () => {
    const scripted = await openLink();
    scripted.link.check();
    scripted.link.check();
    expect(scripted.session.pings).toBe(1);
    scripted.wire.onData(data);
    await scripted.clock.advance(5000);
    scripted.link.check();
    expect(scripted.session.pings).toBe(2);
    await scripted.clock.advance(10_000);
    expect(scripted.lost).toMatchObject([{ error: { code: "keep_alive_timeout" } }]);
    scripted.link.check();
    expect(scripted.session.pings).toBe(2);
  });

  it("pings again with a check() after a sleep, with the full time-out", async () => {
    const scripted = await openLink();
    scripted.link.check();
    scripted.clock.jump(600_000);
    scripted.link.check();
    expect(scripted.session.pings).toBe(2);
    await scripted.clock.advance(9000);
    expect(scripted.lost).toEqual([]);
    scripted.wire.onData(data);
    await scripted.clock.advance(9000);
    expect(scripted.lost).toEqual([]);
    scripted.link.check();
    await scripted.clock.advance(10_000);
    expect(scripted.lost).toMatchObject([{ error: { code: "keep_alive_timeout" } }]);
  });

  it("does not keep the process alive, unlike connecting and pending responses", async () => {
    const scripted = new ScriptedLink();
    const holding: boolean[] = [];
    const setTimer = scripted.clock.setTimer.bind(scripted.clock);
    Reflect.set(scripted.clock, "setTimer", (run: () => void, ms: number, idle = false) => {
      holding.push(!idle);
      return setTimer(run, ms);
    });
    await scripted.open();
    await scripted.clock.advance(120_000);
    scripted.wire.onData(data);
    expect(holding[0]).toBe(true);
    expect(holding.slice(1).includes(true)).toBe(false);
    scripted.link.abort();
  });
});
