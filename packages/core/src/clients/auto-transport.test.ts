// `websockets: "auto"`, with an MQTT engine, and a network that blocks a port.
import { afterEach, describe, expect, it } from "vitest";
import { engineOfThisRun } from "../../test/engines.ts";
import { failure } from "../../test/failure.ts";
import { ConnectionFailedError } from "../errors.ts";
import type { Endpoint } from "../runtime/runtime.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import { deviceClassOn, MemoryDevice } from "../testing/memory-device.ts";
import { MemoryFleet } from "../testing/memory-fleet.ts";
import type { MemoryPeer } from "../testing/memory-peer.ts";
import { MemoryRuntime } from "../testing/memory-runtime.ts";
import { until } from "../testing/until.ts";
import { utf8 } from "../util/text.ts";

const engine = engineOfThisRun();
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A device whose network blocks these ports: requests for a connection aren't answered. */
function behind(blocked: number[], options: ClientOptions = {}): MemoryDevice {
  const device = new MemoryDevice(engine, { websockets: "auto", ...options });
  ends.push(() => device.end());
  device.runtime.onDial = ({ port }) => (blocked.includes(port) ? new Promise(() => {}) : undefined);
  return device;
}

const ports = (device: { readonly runtime: MemoryRuntime }): string[] =>
  device.runtime.dialled.map(({ transport, port }: Endpoint) => `${transport} ${port}`);

const tls = "tcp 8883";
const webSocket = "websocket 443";

describe("websockets: 'auto'", () => {
  it("uses MQTT over TLS if that works", async () => {
    const device = await behind([]).connected();
    device.peer.close(new Error("lost"));
    await device.pass(1000);
    await device.reconnected(2);
    expect(ports(device)).toEqual([tls, tls]);
  });

  it("uses WebSockets in the same attempt if port 8883 isn't answered for 5 s, and stays with them", async () => {
    const device = behind([8883]);
    const connecting = device.client.connect();
    await device.pass(4000);
    expect(ports(device)).toEqual([tls]);
    await device.pass(1000);
    await connecting;
    device.peer.close(new Error("lost"));
    await device.pass(1000);
    await device.reconnected(2);
    expect(ports(device)).toEqual([tls, webSocket, webSocket]);
    expect(device.client.state.reason).toBeUndefined();
  });

  it("uses the other transport immediately if one is refused", async () => {
    const device = behind([]);
    device.runtime.onDial = async ({ port }) => {
      if (port === 8883) throw new ConnectionFailedError("connect_failed", "refused");
    };
    await device.client.connect();
    expect(ports(device)).toEqual([tls, webSocket]);
  });

  it("heals over the other transport if a network blocks the remembered one later", async () => {
    const blocked: number[] = [];
    const device = await behind(blocked).connected();
    blocked.push(8883);
    device.peer.close(new Error("lost"));
    const sent = device.client.sendMessage("x");
    await device.pass(7000);
    await sent;
    blocked.splice(0, 1, 443);
    device.peer.close(new Error("lost"));
    await device.pass(7000);
    await device.reconnected(3);
    expect(ports(device)).toEqual([tls, tls, webSocket, webSocket, tls]);
  });

  it.each([
    ["a first connection", true],
    ["a reconnection", false],
  ])("remembers in %s that an attempt ended before it came to the other transport", async (_, isFirst) => {
    const blocked = isFirst ? [8883] : [];
    const device = behind(blocked, { connectStepTimeoutMs: 2000, firstConnectionRetry: true });
    if (!isFirst) {
      await device.client.connect();
      blocked.push(8883);
      device.peer.close(new Error("lost"));
      device.runtime.dialled.length = 0;
    }
    const connecting = device.client.sendMessage("x");
    await device.pass(6000);
    await connecting;
    expect(ports(device)).toEqual([tls, webSocket]);
  });

  it.each<[string, (peer: MemoryPeer) => void]>([
    ["closes the connection", (peer) => peer.close()],
    ["sends HTTP", (peer) => peer.sendBytes(utf8("HTTP/1.1 400 Bad Request\r\n\r\n"))],
    ["sends nothing", () => {}],
  ])("uses the other transport next if something accepts the connection but %s", async (_, react) => {
    const device = behind([], { firstConnectionRetry: true });
    device.hub.intercept = ({ type }, peer) => {
      if (type !== "connect" || device.runtime.dialled.at(-1)?.transport !== "tcp") return false;
      react(peer);
      return true;
    };
    const connecting = device.client.connect();
    await device.pass(12_000);
    await connecting;
    device.peer.close(new Error("lost"));
    await device.pass(1000);
    await device.reconnected(3);
    expect(ports(device)).toEqual([tls, webSocket, webSocket]);
  });

  it("stays with a transport over which the hub refuses connections", async () => {
    const device = behind([], { firstConnectionRetry: true });
    let refusals = 2;
    device.hub.intercept = ({ type }, peer) => {
      if (type !== "connect" || refusals-- === 0) return false;
      peer.send({ type: "connack", sessionPresent: false, returnCode: 3 });
      return true;
    };
    const connecting = device.client.connect();
    await device.pass(5000);
    await connecting;
    expect(ports(device)).toEqual([tls, tls, tls]);
  });

  it("begins with MQTT over TLS again if the application ended an attempt", async () => {
    const device = behind([8883]);
    const connecting = failure(device.client.connect());
    await device.pass(1000);
    await device.client.disconnect();
    expect(await connecting).toMatchObject({ code: "operation_cancelled" });
    device.runtime.onDial = undefined;
    await device.client.connect();
    expect(ports(device)).toEqual([tls, tls]);
  });

  it("reports both failures, and gives a step more time with each attempt: a network may be slow", async () => {
    const device = behind([], { firstConnectionRetry: true, connectStepTimeoutMs: 60_000 });
    const refused = new ConnectionFailedError("websocket_refused", "443 is refused", { remediation: "Ask" });
    device.runtime.onDial = ({ port }) => {
      if (port === 443) return Promise.reject(refused);
      return new Promise((resolve) => device.clock.setTimer(resolve, 12_000));
    };
    const connecting = device.client.connect();
    await device.pass(6000);
    expect(device.client.state.reason).toMatchObject({
      code: "websocket_refused",
      message:
        "443 is refused; before that, MQTT over TLS failed: Connecting to hub.example:8883 did not finish within 5000 ms: there was no memory connection",
      remediation: "Ask",
      cause: refused,
    });
    await device.pass(30_000);
    await connecting;
    expect(ports(device)).toEqual([tls, webSocket, tls, webSocket, tls]);
  });

  it("names the port of a step that takes too long", async () => {
    const device = behind([8883, 443], { connectStepTimeoutMs: 6000, firstConnectionRetry: true });
    const connecting = failure(device.client.connect());
    await device.pass(11_000);
    expect(device.background).toMatchObject([
      {
        code: "operation_timeout",
        message: expect.stringMatching(/there was no memory connection at port 443$/),
      },
    ]);
    await device.client.shutdown();
    await connecting;
  });

  it("uses one port for both transports if the host has one, as a local hub", async () => {
    const runtime = new MemoryRuntime();
    runtime.onDial = async ({ transport }) => {
      if (transport === "tcp") throw new ConnectionFailedError("connect_failed", "refused");
    };
    const client = deviceClassOn(runtime, engine).createFromConnectionString(
      "HostName=localhost:1234;DeviceId=d1;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
      { websockets: "auto" },
    );
    await client.connect();
    expect(ports({ runtime })).toEqual(["tcp 1234", "websocket 1234"]);
    await client.shutdown();
  });

  it("means WebSockets without MQTT over TLS, as in pages", async () => {
    const device = new MemoryDevice(
      engine,
      { websockets: "auto" },
      Object.assign(new MemoryRuntime([]), { readTransit: undefined }),
    );
    ends.push(() => device.end());
    await device.client.connect();
    expect(ports(device)).toEqual([webSocket]);
  });

  it("stores the transport of a provisioned client with its assignment", async () => {
    const fleet = new MemoryFleet(engine);
    ends.push(() => fleet.end());
    fleet.runtime.onDial = ({ port }) => (port === 8883 ? new Promise(() => {}) : undefined);
    const storage = new Map<string, string>();
    const first = fleet.client({ storage }, { websockets: "auto" }).connect();
    await until(() => fleet.dialled.length === 1, "the connection to the provisioning service");
    await fleet.runtime.pass(5000);
    await first;
    expect(ports(fleet)).toEqual([tls, webSocket, webSocket]);
    expect([...storage.values()].map((value) => JSON.parse(value))).toEqual([
      { assignedHub: "a.example", deviceId: "d1", websockets: true },
    ]);
    await fleet.clients[0]?.shutdown();
    fleet.runtime.dialled.length = 0;
    fleet.runtime.onDial = ({ port }) => (port === 443 ? Promise.reject(new Error("blocked")) : undefined);
    await failure(fleet.client({ storage }, { websockets: "auto" }).connect());
    expect(ports(fleet)).toEqual([webSocket]);
    fleet.runtime.onDial = async ({ port }) => {
      if (port === 443) throw new ConnectionFailedError("connect_failed", "blocked");
    };
    await fleet.client({ storage }, { websockets: "auto" }).connect();
    expect(ports(fleet)).toEqual([webSocket, webSocket, tls]);
    expect([...storage.values()].map((value) => JSON.parse(value))).toEqual([
      { assignedHub: "a.example", deviceId: "d1" },
    ]);
  });
});
