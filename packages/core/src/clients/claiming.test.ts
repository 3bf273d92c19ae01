// A runtime that keeps each identity to one client, over an MQTT engine and a hub in memory.
import { afterEach, describe, expect, it } from "vitest";
import { engineOfThisRun } from "../../test/engines.ts";
import { ConnectionFailedError } from "../errors.ts";
import { MemoryDevice } from "../testing/memory-device.ts";
import { MemoryRuntime } from "../testing/memory-runtime.ts";
import { until } from "../testing/until.ts";
import type { ClientOptions } from "./client-options.ts";

const engine = engineOfThisRun();

/** What is claimed on a runtime. */
class Claims {
  readonly runtime = new MemoryRuntime();
  readonly held = new Set<string>();
  readonly devices: MemoryDevice[] = [];
  /** Awaited by each claim before it is decided. */
  slowly: () => Promise<void> = () => Promise.resolve();

  constructor() {
    this.runtime.claim = async (name) => {
      await this.slowly();
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

let claims = new Claims();
afterEach(async () => {
  await Promise.all(claims.devices.map(({ client }) => client.shutdown()));
  await claims.devices[0]?.end();
  expect([...claims.held]).toEqual([]);
  claims = new Claims();
});

const name = "hub.example/devices/d1 at hub.example:8883";

describe("an identity that a runtime keeps to one client", () => {
  it("is held while a connection is wanted, over drops too, and let go with the connection", async () => {
    const { client, runtime } = await claims.device().connected();
    expect([...claims.held]).toEqual([name]);
    runtime.onDial = () => Promise.reject(new ConnectionFailedError("connect_failed", "no network"));
    runtime.peer.close();
    await runtime.pass(3000);
    expect(client.state.status).toBe("waiting");
    expect([...claims.held]).toEqual([name]);
    await client.disconnect();
    expect([...claims.held]).toEqual([]);
  });

  it("is refused to a second one, which dials nothing and does not disturb the first", async () => {
    const first = await claims.device().connected();
    const second = claims.device();
    await expect(second.client.connect()).rejects.toMatchObject({ code: "identity_in_use" });
    await expect(second.client.sendMessage("x")).rejects.toMatchObject({ code: "identity_in_use" });
    expect(second.client.state).toMatchObject({
      status: "disconnected",
      reason: { code: "identity_in_use" },
    });
    second.client.onMessageReceived = () => {};
    await until(() => second.background.length > 0);
    expect(second.background).toMatchObject([{ code: "identity_in_use" }]);
    expect(claims.runtime.dialled).toHaveLength(1);
    expect(first.client.connected).toBe(true);
    await first.client.disconnect();
    await second.client.connect();
  });

  it("is another one at another end point", async () => {
    await claims.device().connected();
    const elsewhere = claims.device({ websockets: true });
    await elsewhere.client.connect();
    expect([...claims.held]).toEqual([name, "hub.example/devices/d1 at hub.example:443"]);
  });

  it("is let go when the first connection fails", async () => {
    claims.runtime.onDial = () => Promise.reject(new ConnectionFailedError("connect_failed", "no network"));
    await expect(claims.device().client.connect()).rejects.toMatchObject({ code: "connect_failed" });
    expect([...claims.held]).toEqual([]);
  });

  it("that is granted when nobody waits for it any more is let go", async () => {
    let decide: () => void = () => {};
    claims.slowly = () => new Promise((resolve) => (decide = resolve));
    const { client } = claims.device();
    const connecting = client.connect();
    connecting.catch(() => {});
    await client.disconnect();
    await expect(connecting).rejects.toMatchObject({ code: "operation_cancelled" });
    decide();
    await claims.runtime.rest();
    expect([...claims.held]).toEqual([]);
    expect(claims.runtime.dialled).toEqual([]);
  });
});
