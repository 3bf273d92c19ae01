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
  /** Delays each lock. */
  delay: () => Promise<void> = () => Promise.resolve();

  constructor() {
    this.runtime.lockIdentity = async (name) => {
      await this.delay();
      if (this.held.has(name)) throw new ConnectionFailedError("identity_in_use", `${name} is in use`);
      this.held.add(name);
      return () => this.held.delete(name);
    };
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
