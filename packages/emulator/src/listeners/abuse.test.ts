import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, it } from "vitest";
import { makeCertificate } from "../certificates/node/certificate-maker.ts";
import { makeServerCertificates } from "../certificates/node/server-certificate.ts";
import { TestBench } from "../testing/emulator.ts";
import { PortListener } from "./port-listener.ts";
import { createWebServer } from "./web.ts";

const bench = new TestBench();

/** Sends blocks on a new connection to the plain port, each after an answer, and resolves with all answers. */
async function exchange(...blocks: readonly string[]): Promise<string> {
  const socket = connect(bench.hub.endpoints.plainPort, "127.0.0.1");
  let answer = "";
  socket.on("data", (bytes) => {
    answer += bytes;
  });
  const closed = once(socket, "close");
  for (const [at, block] of blocks.entries()) {
    if (at > 0) await once(socket, "data");
    socket.write(block);
  }
  await closed;
  return answer;
}

const upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";

describe("a request to upgrade to another protocol", () => {
  it("is answered in HTTP/1.1, with its body, and so are those that follow", async () => {
    const body = JSON.stringify({ deviceId: "upgraded" });
    const head = `POST /control/devices HTTP/1.1\r\nHost: 127.0.0.1\r\n${upgrade}`;
    const answer = await exchange(
      `${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      `GET /control/devices HTTP/1.1\r\nHost: 127.0.0.1\r\n${upgrade.replace("Upgrade, ", "close, Upgrade, ")}\r\n`,
    );
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 201", "HTTP/1.1 200"]);
    expect(answer).not.toMatch(/HTTP\/1\.1 101|h2c/);
    expect((await bench.hub.listDevices()).map(({ deviceId }) => deviceId)).toContain("upgraded");
    expect(await bench.event("warning", "")).toMatchObject({ about: "upgrade" });
  });

  it("takes linear time to refuse, whatever is in its headers", async () => {
    const path = "/$iothub/websocket";
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
    const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}`;
    const before = process.cpuUsage();
    const answers = await Promise.all(
      Array.from({ length: 40 }, () =>
        exchange(`${head}Sec-WebSocket-Protocol: a${" ".repeat(15_500)}b\r\n\r\n`),
      ),
    );
    expect(answers.every((answer) => answer.startsWith("HTTP/1.1 400"))).toBe(true);
    // A quadratic expression takes 20 s.
    expect(process.cpuUsage(before).user).toBeLessThan(5e6);
  });
});

describe("a client that sends nothing", () => {
  it("is disconnected during the TLS handshake, and before its first byte", async () => {
    const certificates = await makeServerCertificates(
      await makeCertificate({ commonName: "ca", use: "authority" }),
      ["localhost"],
    );
    const none = (): never => {
      throw new Error("nothing was sent");
    };
    const handlers = { onMqtt: none, onAmqp: none, http: createWebServer(webHandlers) };
    const listener = new PortListener("127.0.0.1", 0, handlers, certificates, {
      handshakeMs: 300,
      firstByteMs: 300,
    });
    await listener.listen();
    const silent = connect(listener.port, "127.0.0.1");
    await closing(silent);
    const secured = connectTls({ port: listener.port, host: "127.0.0.1", rejectUnauthorized: false });
    await once(secured, "secureConnect");
    await closing(secured);
    await listener.close();
    handlers.http.close();
  });

  it("is disconnected after half the head of a request, also of its second one", async () => {
    const web = createWebServer({ ...webHandlers, timeouts: { headMs: 300, checkMs: 50 } });
    const server = createServer((socket) => void web.emit("connection", socket)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const half = "GET / HTTP/1.1\r\nHost: loc";
    for (const first of ["", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"]) {
      const socket = connect(port, "127.0.0.1");
      socket.write(first);
      if (first !== "") await once(socket, "data");
      socket.write(half);
      await closing(socket);
    }
    server.close();
    web.close();
  });
});

const webHandlers = {
  fetch: () => new Response("ok"),
  streamRaw: () => false,
  onDevice: () => {},
  onAmqp: () => {},
  onIgnored: () => {},
  now: () => Date.now(),
  acceptsDevices: () => true,
  allowsOrigin: () => true,
};

function closing(socket: Socket): Promise<unknown> {
  socket.on("error", () => {});
  return once(socket.resume(), "close");
}
