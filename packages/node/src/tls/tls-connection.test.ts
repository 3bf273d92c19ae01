import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { IoTHubDeviceClient } from "../index.ts";

const file = (name: string): string =>
  readFileSync(new URL(`../../../core/testdata/certificates/${name}`, import.meta.url), "utf8");

const connect = 0x10;
const subscribe = 0x82;
const count = 2000;

const bodyOf = (index: number): Buffer => Buffer.alloc(200 + (index % 100), `${index},`);

/** A PUBLISH at QoS 0. */
function packetOf(index: number): Buffer {
  const topic = Buffer.from("devices/d1/messages/devicebound/");
  const body = bodyOf(index);
  const length = 2 + topic.length + body.length;
  return Buffer.concat([
    Buffer.of(0x30, (length & 0x7f) | 0x80, length >> 7, topic.length >> 8, topic.length & 0xff),
    topic,
    body,
  ]);
}

/** A hub that sends many messages, in blocks that end within packets. */
function answer(socket: TLSSocket, bytes: Buffer): void {
  if (bytes[0] === connect) socket.write(Buffer.of(0x20, 2, 0, 0));
  if (bytes[0] !== subscribe) return;
  socket.write(Buffer.of(0x90, 3, bytes[2] ?? 0, bytes[3] ?? 0, 1));
  const all = Buffer.concat(Array.from({ length: count }, (_, index) => packetOf(index)));
  for (let at = 0; at < all.length; at += 10_007) socket.write(all.subarray(at, at + 10_007));
}

it("the bytes of a message stay the same, however many follow", async () => {
  const server = createServer({ cert: file("localhost.pem"), key: file("localhost.key") }, (socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => answer(socket, bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const key = Buffer.alloc(32).toString("base64");
  const client = IoTHubDeviceClient.createFromConnectionString(
    `HostName=localhost:${port};DeviceId=d1;SharedAccessKey=${key}`,
    { serverVerificationCert: file("ca.pem") },
  );
  onTestFinished(() => client.shutdown());
  const kept: Uint8Array[] = [];
  await new Promise<void>((resolve) => {
    client.onMessageReceived = ({ data }) => {
      if (kept.push(data) === count) resolve();
    };
  });
  const changed = kept.filter((data, index) => Buffer.compare(data, bodyOf(index)) !== 0);
  expect(changed).toEqual([]);
});
