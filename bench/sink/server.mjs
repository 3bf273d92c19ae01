import { createServer as createHttpServer } from "node:http";
import { createServer as createTlsServer } from "node:tls";
import { createCertificate } from "./certificate.mjs";
import { Hub } from "./hub.mjs";
import { Session } from "./session.mjs";
import { acceptWebSocket } from "./websocket.mjs";

const CONNECT_HEADER = 0x10;
/** The mishaps that a client may request; see {@link Hub}. */
const MISHAPS = ["outage", "hold", "marked"];

/**
 * Starts TLS and WSS on one port: the first byte after the handshake distinguishes MQTT from HTTP.
 *
 * The official SDK dials port 443 whatever its host name contains, so a second listener uses that port on a separate loopback address,
 * where the system permits it.
 *
 * @returns {Promise<{ ca: string, port: number, fixed: { host: string } | { reason: string }, hub: Hub }>}
 */
export async function startServer() {
  const { cert, key } = await createCertificate();
  const hub = new Hub();
  const open = (wire) => {
    const session = new Session(wire, hub);
    hub.sessions.push(session);
    return session;
  };

  const http = createHttpServer();
  http.on("request", (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://sink");
    const mishap = pathname.slice(1);
    if (!MISHAPS.includes(mishap)) return response.writeHead(404).end();
    const wanted = Object.fromEntries([...searchParams].map(([name, value]) => [name, Number(value)]));
    hub[mishap](wanted).then((answer) => response.end(JSON.stringify(answer)));
  });
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
      server.on("connection", (socket) => {
        if (!hub.admits()) socket.destroy();
      });
      server.listen(port, host, () => resolve(server.address().port));
    });

  const port = await listen(0, "127.0.0.1");
  const fixed = await listen(443, "127.0.0.2").then(
    () => ({ host: "127.0.0.2" }),
    (error) => ({ reason: `port 443 can't be bound here (${error.code})` }),
  );
  return { ca: cert, port, fixed, hub };
}

function acceptMqtt(socket, first, open) {
  const session = open({
    write: (bytes) => socket.write(bytes),
    whenRoom: (run) => socket.once("drain", run),
    end: () => socket.end(),
    cut: () => socket.destroy(),
  });
  const onChunk = (chunk) => {
    session.push(chunk);
    session.flush();
  };
  socket.on("data", onChunk);
  onChunk(first);
}
