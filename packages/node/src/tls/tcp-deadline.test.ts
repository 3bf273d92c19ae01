import { type AddressInfo, createServer, Socket } from "node:net";
import type { ConnectionFailedError } from "@isohub/core";
import type { FailedPeer } from "@isohub/core/runtime";
import { describe, expect, it } from "vitest";
import { limitTcp } from "./tcp-deadline.ts";

/** Connects to a host whose name isn't resolved until the test emits the event. */
async function failureOf(peer: FailedPeer, isResolved: boolean): Promise<ConnectionFailedError> {
  const socket = new Socket();
  try {
    return await new Promise((resolve) => {
      limitTcp(socket, peer, resolve, 1);
      socket.connect({ host: "hub.example", port: peer.port, lookup: () => {} });
      if (isResolved) socket.emit("lookup", null, "192.0.2.1", 4, "hub.example");
    });
  } finally {
    socket.destroy();
  }
}

describe("the time limit for a TCP connection", () => {
  it("reports an address that does not answer, and advises WebSockets if port 8883 may be blocked", async () => {
    expect(await failureOf({ host: "hub.example", port: 8883, transport: "tcp" }, true)).toMatchObject({
      code: "connect_failed",
      message: "Could not connect to hub.example:8883: it did not answer (waited 0.001 s)",
      remediation: "A firewall probably blocks port 8883. Set websockets: true, which uses port 443",
    });
    expect(await failureOf({ host: "hub.example", port: 443, transport: "websocket" }, true)).toMatchObject({
      remediation: "Check the host name, and that no firewall blocks port 443",
    });
  });

  it("reports DNS servers that do not answer", async () => {
    expect(await failureOf({ host: "hub.example", port: 8883 }, false)).toMatchObject({
      code: "connect_failed",
      message: "Could not connect to hub.example:8883: no DNS server resolved 'hub.example' (waited 0.001 s)",
      remediation: "Check the network connection of this machine, and its DNS servers",
    });
  });

  it("does not report a connection that is established, or a limit that has been ended", async () => {
    const server = createServer((socket) => void socket.end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const reported: Error[] = [];
    const report = (error: Error): number => reported.push(error);
    const socket = new Socket();
    const connected = new Promise((resolve) => socket.once("connect", resolve));
    socket.connect(port, "127.0.0.1");
    await connected;
    limitTcp(socket, { host: "127.0.0.1", port }, report, 1);
    const pending = new Socket();
    limitTcp(pending, { host: "127.0.0.1", port }, report, 1)();
    pending.connect({ host: "hub.example", port, lookup: () => {} });
    await failureOf({ host: "hub.example", port }, true);
    expect(reported).toEqual([]);
    pending.destroy();
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
});
