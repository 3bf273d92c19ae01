import { createServer as createHttpServer } from "node:http";
import { createServer as createTlsServer } from "node:tls";
import { createCertificate } from "./certificate.mjs";
import { Session } from "./session.mjs";
import { acceptWebSocket } from "./websocket.mjs";

const CONNECT_HEADER = 0x10;

/**
 * TLS and WSS on one port: the first byte after the handshake tells MQTT from HTTP.
 *
 * The official SDK dials port 443 whatever the host string says, so a second listener stands there, on a loopback
 * address of its own, where that is permitted.
 *
 * @returns {Promise<{ ca: string, port: number, fixed: { host: string } | { reason: string }, sessions: Session[] }>}
 */
export async function startServer() {
  const { cert, key } = await createCertificate();
  /** @type {Session[]} */
  const sessions = [];
  const open = (write, end) => {
    const session = new Session(write, end);
    sessions.push(session);
    return session;
  };

  const http = createHttpServer();
  http.on("upgrade", (request, socket, head) => acceptWebSocket(request, socket, head, open));

  const onSocket = (socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.once("data", (chunk) => {
      if (chunk[0] === CONNECT_HEADER) {
        acceptMqtt(socket, chunk, open);
        return;
      }
      socket.pause();
      socket.unshift(chunk);
      http.emit("connection", socket);
      socket.resume();
    });
  };

  const listen = (port, host) =>
    new Promise((resolve, reject) => {
      const server = createTlsServer({ cert, key }, onSocket);
      server.once("error", reject);
      server.listen(port, host, () => resolve(server.address().port));
    });

  const port = await listen(0, "127.0.0.1");
  const fixed = await listen(443, "127.0.0.2").then(
    () => ({ host: "127.0.0.2" }),
    (error) => ({ reason: `port 443 cannot be bound here (${error.code})` }),
  );
  return { ca: cert, port, fixed, sessions };
}

function acceptMqtt(socket, first, open) {
  const session = open(
    (bytes) => socket.write(bytes),
    () => socket.end(),
  );
  const onChunk = (chunk) => {
    session.push(chunk);
    session.flush();
  };
  socket.on("data", onChunk);
  onChunk(first);
}
