// Environment changes of a runtime, with a client, an MQTT engine and an in-memory hub.
import { afterEach, describe, expect, it } from "vitest";
import { engineOfThisRun } from "../../test/engines.ts";
import type { EnvironmentChange } from "../runtime/runtime.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import { MemoryDevice } from "../testing/memory-device.ts";
import { MemoryRuntime } from "../testing/memory-runtime.ts";

const engine = engineOfThisRun();

/** A runtime whose environment changes on demand. */
class WatchedRuntime extends MemoryRuntime {
  readonly watchers = new Set<(change: EnvironmentChange) => void>();

  watch(changed: (change: EnvironmentChange) => void): () => void {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  }

  change(change: EnvironmentChange): void {
    for (const changed of this.watchers) changed(change);
  }
}

const devices: MemoryDevice[] = [];
async function connected(options: ClientOptions = {}) {
  const runtime = new WatchedRuntime();
  const device = new MemoryDevice(engine, options, runtime);
  devices.push(device);
  return { runtime, device: await device.connected() };
}

afterEach(async () => {
  for (const device of devices.splice(0)) await device.end();
});

describe("an environment change", () => {
  it.each(["awake", "online", "offline"] as const)(
    "(%s) makes the client check its connection at once",
    async (change) => {
      const { runtime, device } = await connected();
      runtime.change(change);
      await device.rest();
      expect(device.peer.all("pingreq")).toHaveLength(1);
      await device.clock.advance(10_000);
      await device.rest();
      expect(runtime.peers).toHaveLength(1);
      expect(device.background).toEqual([]);
    },
  );

  it("reveals a dead connection within the ping time-out", async () => {
    const { runtime, device } = await connected({ keepAlive: 1740, pingTimeoutMs: 5000 });
    device.peer.freeze();
    runtime.change("awake");
    await device.clock.advance(5000);
    expect(device.background).toMatchObject([{ code: "keep_alive_timeout" }]);
    await device.clock.advance(1000);
    await device.reconnected(2);
  });

  it("ends the wait for an attempt if the network is back, and only then", async () => {
    const { runtime, device } = await connected({ connectionRetryInterval: 600 });
    device.peer.close();
    await device.rest();
    expect(device.client.state.status).toBe("waiting");
    for (const change of ["awake", "offline"] as const) runtime.change(change);
    await device.rest();
    expect(device.client.state.status).toBe("waiting");
    runtime.change("online");
    await device.reconnected(2);
    await device.clock.advance(600_000);
    expect(runtime.peers).toHaveLength(2);
  });

  it("doesn't end the hold-off after a take-over", async () => {
    const { runtime, device } = await connected();
    for (const count of [2, 3]) {
      device.peer.close();
      await device.clock.advance(1000);
      await device.reconnected(count);
    }
    device.peer.close();
    await device.rest();
    expect(device.client.state).toMatchObject({ status: "waiting", reason: { code: "taken_over" } });
    runtime.change("online");
    await device.rest();
    expect(device.client.state.status).toBe("waiting");
  });

  it("is watched for only while a connection is wanted", async () => {
    const { runtime, device } = await connected();
    expect(runtime.watchers.size).toBe(1);
    await device.client.disconnect();
    expect(runtime.watchers.size).toBe(0);
    await device.client.connect();
    expect(runtime.watchers.size).toBe(1);
    await device.client.shutdown();
    expect(runtime.watchers.size).toBe(0);
  });
});
