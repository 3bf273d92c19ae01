import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import type { IoTHubDeviceClient } from "@isohub/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { shutDownAtEnd } from "../device.ts";
import { root } from "../files.ts";

const file = (name: string): string =>
  readFileSync(join(root, "packages/core/testdata/certificates", name), "utf8");
const ca = file("ca.pem");

/** Starts a server that is ended with its connections after the test. */
async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Starts a TLS server with a certificate of testdata, which OpenSSL has made. */
function serve(name: string): Promise<number> {
  const server = createTlsServer({ cert: file(`${name}.pem`), key: file(`${name}.key`) });
  server.on("tlsClientError", () => {});
  return listen(server);
}

/** Servers that a client must not connect to, or can't. */
const servers: readonly [
  name: string,
  start: () => Promise<number>,
  message: RegExp,
  advice: string,
  trusted?: string | undefined,
][] = [
  [
    "signed by another authority",
    () => serve("localhost"),
    /isn't trusted/,
    "Add the authority",
    file("other-ca.pem"),
  ],
  [
    "signed by a private authority",
    () => serve("localhost"),
    /isn't trusted/,
    "Pass the PEM text",
    undefined,
  ],
  ["self-signed", () => serve("self-signed"), /isn't trusted/, "Add the authority", ca],
  ["expired", () => serve("expired"), /has expired/, "the clock of this machine, which shows 2", ca],
  [
    "not yet valid",
    () => serve("not-yet-valid"),
    /isn't valid yet/,
    "the clock of this machine, which shows 2",
    ca,
  ],
  [
    "for other names",
    () => serve("other-name"),
    /is for DNS:gateway\.example, DNS:\*\.devices\.example.* IP Address:192\.0\.2\.1, not for 'localhost'/,
    "Connect to a name that the certificate has",
    ca,
  ],
  ["absent: HTTP without TLS", () => listen(createHttpServer()), /does not speak TLS/, "Check the port", ca],
  [
    "absent: a server that greets first",
    () => listen(createServer((socket) => void socket.write("SSH-2.0-OpenSSH\r\n"))),
    /does not speak TLS/,
    "Check the port",
    ca,
  ],
  [
    "absent: a server that closes the connection, as MQTT without TLS",
    () => listen(createServer((socket) => void socket.once("data", () => socket.end()))),
    /closed the connection during the TLS handshake/,
    "Check the port: perhaps it does not speak TLS",
    ca,
  ],
];

/** Tests what a client reports about servers whose certificates or protocols are wrong. */
export function unusualServersSuite(clientClass: typeof IoTHubDeviceClient): void {
  describe.each([
    ["TLS", false],
    ["WebSockets", true],
  ])("over %s, a server whose certificate is", (_, websockets) => {
    it.each(servers)("%s is rejected with its own advice", async (_name, start, message, advice, trusted) => {
      const port = await start();
      const client = shutDownAtEnd(
        clientClass.createFromConnectionString(
          `HostName=localhost:${port};DeviceId=d1;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=`,
          { websockets, serverVerificationCert: trusted },
        ),
      );
      await expect(client.connect()).rejects.toMatchObject({
        name: "ConnectionFailedError",
        code: "tls_failed",
        message: expect.stringMatching(message),
        remediation: expect.stringContaining(advice),
      });
    });
  });

  it.each([
    ...[301, 302, 307, 308].map((status) => [status, "Redirects aren't followed"] as const),
    [401, "requires a login"],
    [403, "the IP filter"],
    [404, "not an IoT hub"],
    [503, "is available again"],
  ] as const)(
    "a server that answers the WebSocket upgrade with status %d is rejected, and no redirect is followed",
    async (status, advice) => {
      let followed = 0;
      const elsewhere = await listen(
        createHttpServer((_request, response) => {
          followed += 1;
          response.end();
        }),
      );
      const port = await listen(
        createHttpServer((_request, response) => {
          response.writeHead(status, { location: `http://127.0.0.1:${elsewhere}/` }).end();
        }),
      );
      const client = shutDownAtEnd(
        clientClass.createFromConnectionString(
          `HostName=ws://127.0.0.1:${port};DeviceId=d1;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=`,
          { websockets: true },
        ),
      );
      await expect(client.connect()).rejects.toMatchObject({
        name: "ConnectionFailedError",
        code: "websocket_refused",
        message: expect.stringContaining(`HTTP ${status}`),
        remediation: expect.stringContaining(advice),
      });
      expect(followed).toBe(0);
    },
  );

  it("with a certificate that is trusted, for one of its names, is asked to accept the device", async () => {
    const port = await listen(
      createTlsServer({ cert: file("localhost.pem"), key: file("localhost.key") }, (socket) => {
        socket.on("error", () => {});
        // CONNACK 5: not authorized.
        socket.once("data", () => socket.write(Uint8Array.of(0x20, 2, 0, 5)));
      }),
    );
    const client = shutDownAtEnd(
      clientClass.createFromConnectionString(
        `HostName=localhost:${port};DeviceId=d1;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=`,
        { serverVerificationCert: ca },
      ),
    );
    await expect(client.connect()).rejects.toMatchObject({ code: "not_authorized" });
  });
}
