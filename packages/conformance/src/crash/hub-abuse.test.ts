// The memory of a hub in a separate process, while clients send or leave unread as much as they can.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import type { Endpoints } from "@isohub/emulator";
import { createControlClient } from "@isohub/emulator/control-client";
import { IoTHubDeviceClient } from "@isohub/node";
import { describe, expect, it } from "vitest";
import { type HubProcess, startHubProcess } from "../hub-process.ts";

const MiB = 1_048_576;
const block = Buffer.alloc(MiB, "x");

/** A hub in a separate process. */
class MeasuredHub {
  readonly endpoints: Endpoints;
  readonly #pid: number | undefined;

  private constructor({ child, ready }: HubProcess) {
    this.#pid = child.pid;
    this.endpoints = ready.endpoints;
  }

  static async start(): Promise<MeasuredHub> {
    return new MeasuredHub(await startHubProcess(["--log-level", "error"]));
  }

  /** The peak of its memory, in MiB. */
  get peak(): number {
    const status = readFileSync(`/proc/${this.#pid}/status`, "utf8");
    return Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1]) / 1024;
  }

  /** Opens a connection to the plain port, which the hub may close at any time. */
  dial(): Socket {
    return connect(this.endpoints.plainPort, this.endpoints.host).on("error", () => {});
  }
}

/** Sends a number of MiB, as fast as the hub reads, until it has closed the connection. Resolves when it has. */
async function flood(socket: Socket, head: Uint8Array, megabytes: number): Promise<void> {
  // Not `once` of Node, which rejects when the hub resets the connection.
  const event = (name: string): Promise<void> => new Promise((resolve) => socket.once(name, () => resolve()));
  const closed = event("close");
  socket.write(head);
  socket.resume();
  for (let sent = 0; sent < megabytes && !socket.destroyed; sent++) {
    if (!socket.write(block)) await Promise.race([event("drain"), closed]);
  }
  await closed;
}

/** Returns the start of a WebSocket's binary frame from a client, with a mask of zeros. */
function frameHead(bytes: number): Buffer {
  const head = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeBigUInt64BE(BigInt(bytes), 2);
  return head;
}

async function upgrade(hub: MeasuredHub, protocol: string): Promise<Socket> {
  const socket = hub.dial();
  const fields = [
    "GET /$iothub/websocket HTTP/1.1",
    "Host: localhost",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: WIpDEAl4xttTDWNSpFyK1g==",
    `Sec-WebSocket-Protocol: ${protocol}`,
  ];
  socket.write(`${fields.join("\r\n")}\r\n\r\n`);
  await once(socket, "data");
  return socket;
}

const eight = Array.from({ length: 8 });
// The remaining length of 256 MB, the longest that MQTT has.
const connectOf256MB = Uint8Array.of(0x10, 0xff, 0xff, 0xff, 0x7f);

describe("the memory of the hub's process stays below 150 MiB", () => {
  it("while 8 clients send a CONNECT of 256 MB each", async () => {
    const hub = await MeasuredHub.start();
    await Promise.all(eight.map(() => flood(hub.dial(), connectOf256MB, 256)));
    expect(hub.peak).toBeLessThan(150);
  });

  it.each([
    ["mqtt", 30],
    ["mqtt", 256],
    ["AMQPWSB10", 256],
  ])("while 8 clients of %s send a WebSocket frame of %d MiB each", async (protocol, megabytes) => {
    const hub = await MeasuredHub.start();
    const head = Buffer.concat([frameHead(megabytes * MiB), connectOf256MB]);
    await Promise.all(eight.map(async () => flood(await upgrade(hub, protocol), head, megabytes)));
    expect(hub.peak).toBeLessThan(150);
  });

  it("while 8 clients post 600 MB each, with and without a length", async () => {
    const hub = await MeasuredHub.start();
    await Promise.all(
      eight.map((_, at) => {
        const path = ["/control/devices", "/devices/d/messages/events?api-version=2021-04-12"][at % 2];
        const length = at < 4 ? `Content-Length: ${600 * MiB}` : "Transfer-Encoding: chunked";
        const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${length}\r\n\r\n`;
        return flood(hub.dial(), Buffer.from(at < 4 ? head : `${head}${(600 * MiB).toString(16)}\r\n`), 600);
      }),
    );
    expect(hub.peak).toBeLessThan(150);
  });
});

it("the hub keeps a limited number of bytes of telemetry, and cuts off a reader of events that never reads", async () => {
  const hub = await MeasuredHub.start();
  const control = createControlClient(hub.endpoints.controlUrl);
  const reader = hub.dial();
  reader.write("GET /control/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await once(reader, "data");
  reader.pause();
  const { pageConnectionString } = await control.createDevice("d");
  const client = IoTHubDeviceClient.createFromConnectionString(pageConnectionString);
  await client.connect();
  const body = new Uint8Array(250_000).fill(0xff);
  const sendAll = async (count: number): Promise<void> => {
    for (let sent = 0; sent < count; sent++) await client.sendMessage(body);
  };
  await Promise.all(eight.map(() => sendAll(60)));
  await client.shutdown();
  const metrics = await (await fetch(new URL("/metrics", hub.endpoints.controlUrl))).text();
  const kept = Number(/^isohub_telemetry_messages_kept\S* (\d+)$/m.exec(metrics)?.[1]);
  // 120 MB were sent; a device may have 64 MiB.
  expect(kept).toBeGreaterThan(200);
  expect(kept * body.length).toBeLessThanOrEqual(64 * MiB);
  expect(hub.peak).toBeLessThan(250);
});
