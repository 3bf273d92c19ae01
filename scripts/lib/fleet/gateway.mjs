import { createSecureServer } from "node:http2";
import { connect } from "node:net";

/**
 * Serves files and forwards WebSockets to a hub, all over HTTP/2. Chromium allows 256 WebSockets with a TCP connection each in all
 * pages of a profile together; over HTTP/2 they share one connection (RFC 8441).
 *
 * @param {{ cert: string, key: string }} certificate
 * @param {number} hubPort - the hub's port for WebSockets without TLS, on this machine
 * @param {(path: string) => Promise<string | Uint8Array>} files
 * @returns {Promise<{ port: number, close(): void }>}
 */
export async function startGateway(certificate, hubPort, files) {
  const server = createSecureServer({
    ...certificate,
    settings: { enableConnectProtocol: true, maxConcurrentStreams: 10_000 },
  });
  const sessions = new Set();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    if (headers[":method"] === "CONNECT" && headers[":protocol"] === "websocket")
      forward(stream, headers, hubPort);
    else serve(stream, headers[":path"], files);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    close() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

const types = { html: "text/html", js: "text/javascript" };

function serve(stream, path, files) {
  const name = path === "/" ? "/index.html" : path;
  files(name).then(
    (content) => {
      stream.respond({ ":status": 200, "content-type": types[name.split(".").pop()] ?? "text/plain" });
      stream.end(content);
    },
    () => stream.respond({ ":status": 404 }, { endStream: true }),
  );
}

/** Opens a WebSocket to the hub; after both upgrades, the frames are the same. */
function forward(stream, headers, hubPort) {
  const socket = connect({ host: "127.0.0.1", port: hubPort, noDelay: true });
  socket.on("error", () => stream.close());
  socket.write(
    [
      `GET ${headers[":path"]} HTTP/1.1`,
      `Host: localhost:${hubPort}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${Buffer.alloc(16, 1).toString("base64")}`,
      `Sec-WebSocket-Protocol: ${headers["sec-websocket-protocol"]}`,
      "\r\n",
    ].join("\r\n"),
  );
  let head = "";
  const onHead = (chunk) => {
    head += chunk.toString("latin1");
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    socket.off("data", onHead);
    if (!head.startsWith("HTTP/1.1 101")) return stream.close();
    stream.respond({ ":status": 200, "sec-websocket-protocol": headers["sec-websocket-protocol"] });
    if (head.length > end + 4) stream.write(Buffer.from(head.slice(end + 4), "latin1"));
    socket.pipe(stream).pipe(socket);
  };
  socket.on("data", onHead);
  stream.once("close", () => socket.destroy());
}
