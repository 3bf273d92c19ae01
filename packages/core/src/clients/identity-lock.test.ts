// A runtime that allows one client per identity, with an MQTT engine and an in-memory hub.
import { afterEach, describe, expect, it } from "vitest";
import { engineOfThisRun } from "../../test/engines.ts";
import { ConnectionFailedError } from "../errors.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import { MemoryDevice } from "../testing/memory-device.ts";
import { MemoryRuntime } from "../testing/memory-runtime.ts";
import { until } from "../testing/until.ts";

const engine = engineOfThisRun();

/** The identity locks of a runtime. */
class IdentityLocks {
  readonly runtime = new MemoryRuntime();
  readonly held = new Set<string>();
  readonly devices: MemoryDevice[] = [];
  /** The clients in line, each with a function that lets it have the lock. */
  readonly line: (() => void)[] = [];
  /** Delays each lock. */
  delay: () => Promise<void> = () => Promise.resolve();

  constructor() {
    this.runtime.lockIdentity = async (name, signal, onInUse) => {
      await this.delay();
      if (this.held.has(name)) {
        const error = new ConnectionFailedError("identity_in_use", `${name} is in use`);
        if (onInUse === undefined) throw error;
        onInUse(error);
        await this.#turn(signal);
      }
      this.held.add(name);
      return () => {
        this.held.delete(name);
        this.line[0]?.();
      };
    };
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const next = (): void => {
        this.line.splice(this.line.indexOf(next), 1);
        resolve();
      };
      this.line.push(next);
      signal.addEventListener("abort", () => {
        this.line.splice(this.line.indexOf(next), 1);
        reject(signal.reason);
      });
    });
  }

  device(options: ClientOptions = {}): MemoryDevice {
    const device = new MemoryDevice(engine, options, this.runtime);
    this.devices.push(device);
    return device;
  }
}

let locks = new IdentityLocks();
afterEach(async () => {
  await Promise.all(locks.devices.map(({ client }) => client.shutdown()));
  await locks.devices[0]?.end();
  expect([...locks.held]).toEqual([]);
  locks = new IdentityLocks();
});

const name = "hub.example/devices/d1 at hub.example:8883";

describe("the identity lock", () => {
  it("is held while a connection is wanted, also across losses, and released after it", async () => {
    const { client, runtime } = await locks.device().connected();
    expect([...locks.held]).toEqual([name]);
    runtime.onDial = () => Promise.reject(new ConnectionFailedError("connect_failed", "no network"));
    runtime.peer.close();
    await runtime.pass(3000);
    expect(client.state.status).toBe("waiting");
    expect([...locks.held]).toEqual([name]);
    await client.disconnect();
    expect([...locks.held]).toEqual([]);
  });

  it("makes a second client fail without dialing, and without disturbing the first", async () => {
    const first = await locks.device().connected();
    const second = locks.device();
    await expect(second.client.connect()).rejects.toMatchObject({ code: "identity_in_use" });
    await expect(second.client.sendMessage("x")).rejects.toMatchObject({ code: "identity_in_use" });
    expect(second.client.state).toMatchObject({
      status: "disconnected",
      reason: { code: "identity_in_use" },
    });
    second.client.onMessageReceived = () => {};
    await until(() => second.background.length > 0);
    expect(second.background).toMatchObject([{ code: "identity_in_use" }]);
    expect(locks.runtime.dialled).toHaveLength(1);
    expect(first.client.connected).toBe(true);
    await first.client.disconnect();
    await second.client.connect();
  });

  it("is separate for another endpoint", async () => {
    await locks.device().connected();
    const elsewhere = locks.device({ websockets: true });
    await elsewhere.client.connect();
    expect([...locks.held]).toEqual([name, "hub.example/devices/d1 at hub.example:443"]);
  });

  it("is released if the first connection fails", async () => {
    locks.runtime.onDial = () => Promise.reject(new ConnectionFailedError("connect_failed", "no network"));
    await expect(locks.device().client.connect()).rejects.toMatchObject({ code: "connect_failed" });
    expect([...locks.held]).toEqual([]);
  });

  it("is released if it is granted after its client has stopped waiting", async () => {
    let decide: () => void = () => {};
    locks.delay = () => new Promise((resolve) => (decide = resolve));
    const { client } = locks.device();
    const connecting = client.connect();
    connecting.catch(() => {});
    await client.disconnect();
    await expect(connecting).rejects.toMatchObject({ code: "operation_cancelled" });
    decide();
    await locks.runtime.rest();
    expect([...locks.held]).toEqual([]);
    expect(locks.runtime.dialled).toEqual([]);
  });
});

describe("whenInUse: 'wait'", () => {
  const waiting = { status: "connecting", reason: { code: "identity_in_use" } };
  const second = async (): Promise<{ first: MemoryDevice; second: MemoryDevice; states: unknown[] }> => {
    const first = await locks.device().connected();
    const waiter = locks.device({ whenInUse: "wait" });
    const states: unknown[] = [];
    waiter.client.onConnectionStateChange = ({ status, reason }) => states.push([status, reason?.code]);
    return { first, second: waiter, states };
  };
  const inLine = (length: number): Promise<void> => until(() => locks.line.length === length);

  it("waits in the state 'connecting' with a reason, and connects when the other client disconnects", async () => {
    const { first, second: waiter, states } = await second();
    const connecting = waiter.client.connect();
    const sending = waiter.client.sendMessage("x");
    await inLine(1);
    expect(waiter.client.state).toMatchObject(waiting);
    expect(locks.runtime.dialled).toHaveLength(1);
    await first.client.disconnect();
    await connecting;
    await sending;
    expect(waiter.client.state).toMatchObject({ status: "connected", reason: undefined });
    expect(states).toEqual([
      ["connecting", undefined],
      ["connecting", "identity_in_use"],
      ["connected", undefined],
    ]);
    expect(waiter.background).toEqual([]);
  });

  it.each<[string, (device: MemoryDevice) => Promise<unknown>]>([
    ["disconnect()", ({ client }) => client.disconnect()],
    ["shutdown()", ({ client }) => client.shutdown()],
  ])("%s leaves the line", async (_name, leave) => {
    const { first, second: waiter } = await second();
    const connecting = waiter.client.connect();
    connecting.catch(() => {});
    await inLine(1);
    await leave(waiter);
    await expect(connecting).rejects.toMatchObject({ code: "operation_cancelled" });
    expect(locks.line).toEqual([]);
    expect(waiter.client.state).toMatchObject({ status: "disconnected", reason: undefined });
    await first.client.sendMessage("still here");
  });

  it("leaves the line with the last connect() that is aborted, and connects again later", async () => {
    const { first, second: waiter } = await second();
    const reason = new Error("changed my mind");
    const [one, other] = [new AbortController(), new AbortController()];
    const calls = [one, other].map(({ signal }) => waiter.client.connect({ signal }));
    for (const call of calls) call.catch(() => {});
    await inLine(1);
    one.abort(reason);
    await expect(calls[0]).rejects.toBe(reason);
    await locks.runtime.rest();
    expect(waiter.client.state).toMatchObject(waiting);
    other.abort(reason);
    await expect(calls[1]).rejects.toBe(reason);
    await until(() => waiter.client.state.status === "disconnected");
    expect(locks.line).toEqual([]);
    expect(waiter.background).toEqual([]);
    await first.client.disconnect();
    await waiter.client.connect();
  });

  it("keeps waiting for a message after its connect() is aborted", async () => {
    const { first, second: waiter } = await second();
    const abort = new AbortController();
    const connecting = waiter.client.connect({ signal: abort.signal });
    const sending = waiter.client.sendMessage("x");
    await inLine(1);
    abort.abort();
    await expect(connecting).rejects.toBe(abort.signal.reason);
    await first.client.disconnect();
    await sending;
  });

  it("doesn't disconnect a client that reconnects when a connect() is aborted", async () => {
    const { client, runtime } = await locks.device({ whenInUse: "wait" }).connected();
    runtime.onDial = () => new Promise(() => {});
    runtime.peer.close();
    await runtime.pass(3000);
    const abort = new AbortController();
    const connecting = client.connect({ signal: abort.signal });
    connecting.catch(() => {});
    abort.abort();
    await expect(connecting).rejects.toBe(abort.signal.reason);
    await runtime.rest();
    expect(client.state.status).toBe("connecting");
  });
});
