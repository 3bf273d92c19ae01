import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, it, vi } from "vitest";
import { socketWire } from "./socket-wire.ts";

const socketHandles = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;

it("frees a socket that is reset while it is being shut down", async () => {
  const before = socketHandles();
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1").on("error", () => {});
  const [tcp] = (await once(server, "connection")) as [Socket];
  const wire = socketWire({ stream: tcp, tcp }, "tcp", new Uint8Array());
  wire.end();
  wire.reset();
  client.destroy();
  server.close();
  await vi.waitFor(() => expect(socketHandles()).toBeLessThanOrEqual(before), 60_000);
});
