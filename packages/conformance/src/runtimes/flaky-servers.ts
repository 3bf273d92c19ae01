import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import type { ClientState, IoTHubDeviceClient, MqttEngine } from "@isohub/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { quickRetries, underTest } from "../device.ts";
import { eventually } from "../eventually.ts";
import { root } from "../files.ts";
import { listenLocally } from "../local-server.ts";

const file = (name: string): string =>
  readFileSync(join(root, "packages/core/testdata/certificates", name), "utf8");

const accepted = Uint8Array.of(0x20, 2, 0, 0);
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The reaction of a server to a connection. */
interface Reaction {
  /** Sent as soon as the connection is established, before TLS; nothing follows. */
  readonly raw?: Uint8Array;
  /** The certificate of testdata. Default: `localhost`. */
  readonly certificate?: "expired" | "other-name";
  /** The answer to the WebSocket upgrade. Default: it is accepted. */
  readonly upgrade?: string;
  /** The answer to CONNECT. */
  readonly answer?: Uint8Array;
  /** The end of the connection, after what is sent. Default: it stays open. */
  readonly end?: "fin" | "rst";
}

const accept: Reaction = { answer: accepted };

/** A server whose reactions to its connections a test determines, in their order. The last one applies to all later ones. */
interface FlakyServer {
  readonly host: string;
  /** Ends all connections. */
  cut(): void;
}

async function listen(server: Server): Promise<number> {
  onTestFinished(() => void server.close());
  return listenLocally(server);
}

async function startServer(websockets: boolean, reactions: readonly Reaction[]): Promise<FlakyServer> {
  const open = new Set<Socket>();
  const keep = (socket: Socket): Socket =>
    open.add(socket.on("error", () => {}).on("close", () => open.delete(socket))) && socket;
  let reaction = accept;
  const end = (socket: Socket, front: Socket): void => {
    if (reaction.end === "fin") socket.end();
    if (reaction.end === "rst") front.resetAndDestroy();
  };
  let front: Socket;
  const serveMqtt = (socket: Socket): void => {
    keep(socket).once("data", () => {
      const { answer } = reaction;
      const current = front;
      if (answer === undefined) end(socket, current);
      else socket.write(websockets ? frame(answer) : answer, () => end(socket, current));
      // DISCONNECT.
      if (answer === accepted) socket.once("data", () => socket.end());
    });
  };
  const serveUpgrade = (socket: Socket): void => {
    keep(socket).once("data", (request) => {
      if (reaction.upgrade === undefined) {
        serveMqtt(socket);
        socket.write(accepting(String(request)));
      } else if (reaction.upgrade !== "") socket.end(reaction.upgrade);
    });
  };
  const backends: Record<string, number> = {};
  for (const name of websockets ? [] : ["localhost", "expired", "other-name"])
    backends[name] = await listen(
      createTlsServer({ cert: file(`${name}.pem`), key: file(`${name}.key`) }, serveMqtt).on(
        "tlsClientError",
        () => {},
      ),
    );
  let count = 0;
  const port = await listen(
    createServer((socket) => {
      reaction = reactions[Math.min(count++, reactions.length - 1)] ?? accept;
      front = keep(socket);
      if (reaction.raw !== undefined) {
        const current = front;
        socket.once("data", () => {});
        socket.write(reaction.raw, () => end(current, current));
      } else if (websockets) serveUpgrade(socket);
      else {
        const backend = keep(connect(backends[reaction.certificate ?? "localhost"] ?? 0, "127.0.0.1"));
        socket.pipe(backend).pipe(socket);
        backend.on("close", () => socket.destroy());
        socket.on("close", () => backend.destroy());
      }
    }),
  );
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  onTestFinished(cut);
  return { host: websockets ? `ws://127.0.0.1:${port}` : `localhost:${port}`, cut };
}

/** A binary WebSocket frame. */
function frame(payload: Uint8Array): Uint8Array {
  return Uint8Array.of(0x82, payload.length, ...payload);
}

function accepting(request: string): string {
  const key = /sec-websocket-key: (\S+)/i.exec(request)?.[1] ?? "";
  const hash = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  return `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${hash}\r\nsec-websocket-protocol: mqtt\r\n\r\n`;
}

/** A fault, the code of its error, and the error's message if it is always the same. */
interface Fault {
  readonly name: string;
  readonly reaction: Reaction;
  readonly code: string;
  readonly message: RegExp;
}

const fault = (name: string, reaction: Reaction, code: string, message: RegExp = /./): Fault => ({
  name,
  reaction,
  code,
  message,
});

const ofMqtt: readonly Fault[] = [
  fault(
    "an HTTP answer instead of CONNACK",
    { answer: ascii("HTTP/1.1 503 Service Unavailable\r\n\r\n") },
    "protocol_error",
    /sent an HTTP answer, 503, instead of CONNACK/,
  ),
  fault(
    "junk instead of CONNACK",
    { answer: ascii("\u0001\u0002junk") },
    "protocol_error",
    /sent bytes that aren't MQTT instead of CONNACK/,
  ),
  fault("half of a CONNACK, and the end", { answer: accepted.subarray(0, 2), end: "fin" }, "connect_failed"),
  fault("CONNACK 3", { answer: Uint8Array.of(0x20, 2, 0, 3) }, "server_unavailable"),
  fault("no CONNACK, and the end", { end: "fin" }, "connect_failed"),
  fault("no CONNACK, and a reset", { end: "rst" }, "connect_failed"),
  fault("no CONNACK", {}, "operation_timeout", /no CONNACK$/),
];

const ofTls: readonly Fault[] = [
  fault("an expired certificate", { certificate: "expired" }, "tls_failed"),
  fault("a certificate for another name", { certificate: "other-name" }, "tls_failed"),
  fault(
    "an HTTP answer instead of TLS",
    { raw: ascii("HTTP/1.1 503 Busy\r\n\r\n"), end: "fin" },
    "tls_failed",
  ),
  fault("a TLS alert", { raw: Uint8Array.of(0x15, 3, 3, 0, 2, 2, 80), end: "fin" }, "tls_failed"),
  fault("no TLS at all", { raw: new Uint8Array(0) }, "operation_timeout", /no TLS \w+$/),
];

const ofUpgrades: readonly Fault[] = [
  ...[302, 401, 403, 404, 429, 502, 503].map((status) =>
    fault(
      `status ${status}`,
      { upgrade: `HTTP/1.1 ${status} No\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n` },
      "websocket_refused",
    ),
  ),
  fault("no answer to the upgrade", { upgrade: "" }, "operation_timeout", /no .*WebSocket/),
];

/** Tests that a client recovers from servers that answer in unusual ways while it reconnects. */
export function flakyServersSuite(
  clientClass: typeof IoTHubDeviceClient,
  engines: readonly MqttEngine[],
): void {
  describe.each(engines.map((engine) => [engine.name, engine] as const))(
    "with the %s engine",
    (_, engine) => {
      describe.each([
        ["TLS", false, [...ofMqtt, ...ofTls]],
        ["WebSockets", true, [...ofMqtt, ...ofUpgrades]],
      ] as const)("that reconnects over %s", (_name, websockets, faults) => {
        it.each(faults)("retries after $name, and reports it", async ({ reaction, code, message }) => {
          const server = await startServer(websockets, [accept, reaction, accept]);
          const { client } = underTest(
            clientClass.createFromConnectionString(
              `HostName=${server.host};DeviceId=d1;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=`,
              {
                websockets,
                engine,
                retryPolicy: quickRetries,
                ...(websockets ? {} : { serverVerificationCert: file("ca.pem") }),
                // Only the step that never ends may take this long.
                connectStepTimeoutMs: code === "operation_timeout" ? 1000 : 60_000,
              },
            ),
          );
          await client.connect();
          const states: ClientState[] = [];
          client.onConnectionStateChange = (state) => states.push(state);
          server.cut();
          await eventually(() => expect(states.at(-1)?.status).toBe("connected"));
          const reasons = states.filter(({ status }) => status === "waiting").map(({ reason }) => reason);
          expect(reasons).toContainEqual(
            expect.objectContaining({ code, retryable: true, message: expect.stringMatching(message) }),
          );
        });
      });
    },
  );
}
