// TLS servers with unusual certificates, which OpenSSL has made: see testdata/certificates/make.sh in core.
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from "node:tls";
import { ConnectionFailedError } from "@isohub/core";
import { afterEach, describe, expect, it } from "vitest";
import { readCipherList } from "./cipher-list.ts";
import { openSecuredSocket, type SocketTarget } from "./secured-socket.ts";

const file = (name: string): string =>
  readFileSync(new URL(`../../../core/testdata/certificates/${name}`, import.meta.url), "utf8");
const ca = file("ca.pem");

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

/** Starts a server on localhost, and ends it after the test with its connections. */
async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  open.push({
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return (server.address() as AddressInfo).port;
}

/** Starts a TLS server with a certificate of testdata. */
function serve(name: string, options: TlsOptions = {}): Promise<number> {
  const server = createTlsServer({ cert: file(`${name}.pem`), key: file(`${name}.key`), ...options });
  server.on("tlsClientError", () => {});
  return listen(server);
}

async function connect(port: number, options: Partial<SocketTarget> = {}): Promise<TLSSocket> {
  const socket = await openSecuredSocket(
    {
      host: "localhost",
      port,
      serverVerificationCert: ca,
      cipher: undefined,
      clientCertificate: undefined,
      proxy: undefined,
      ...options,
    },
    new AbortController().signal,
  );
  open.push({ close: () => socket.destroy() });
  return socket;
}

async function failureOf(connecting: Promise<unknown>): Promise<ConnectionFailedError> {
  const error = await connecting.then(
    () => new Error("It connected"),
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(ConnectionFailedError);
  // No raw text of OpenSSL.
  expect(String(error)).not.toMatch(/openssl|SSL routines|\.c:\d+/i);
  return error as ConnectionFailedError;
}

describe("the certificate of a server", () => {
  it("is accepted if a given authority has signed it, for its name and for its address", async () => {
    const port = await serve("localhost");
    await connect(port);
    await connect(port, { host: "127.0.0.1" });
  });

  it.each<[string, Partial<SocketTarget>, string, string]>([
    ["localhost", { serverVerificationCert: undefined }, "isn't trusted", "Pass the PEM text"],
    ["localhost", { serverVerificationCert: file("other-ca.pem") }, "isn't trusted", "Add the authority"],
    ["self-signed", {}, "isn't trusted: self-signed certificate, issued by 'localhost'", "Add the authority"],
    ["expired", {}, "has expired. It was valid until 20", `which shows ${new Date().getUTCFullYear()}-`],
    [
      "not-yet-valid",
      {},
      "isn't valid yet. It is valid from 2",
      `which shows ${new Date().getUTCFullYear()}-`,
    ],
    [
      "other-name",
      {},
      "is for DNS:gateway.example, DNS:*.devices.example, IP Address:192.0.2.1, not for 'localhost'",
      "Connect to a name that the certificate has",
    ],
    [
      "common-name",
      { host: "127.0.0.1" },
      "not for '127.0.0.1'",
      "Connect to a name that the certificate has",
    ],
  ])("%s is rejected with its own advice (%#)", async (name, options, message, advice) => {
    const failure = await failureOf(connect(await serve(name), options));
    expect(failure).toMatchObject({ code: "tls_failed", remediation: expect.stringContaining(advice) });
    expect(failure.message).toContain(message);
  });

  it("is verified even if NODE_TLS_REJECT_UNAUTHORIZED is 0", async () => {
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      for (const name of ["self-signed", "other-name", "expired"]) {
        expect(await failureOf(connect(await serve(name)))).toMatchObject({ code: "tls_failed" });
      }
    } finally {
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    }
  });
});

describe("a port", () => {
  it.each<[string, () => Server, string]>([
    ["of HTTP", () => createHttpServer(), "does not speak TLS"],
    [
      "that greets first, as SSH does",
      () => createServer((to) => void to.write("SSH-2.0-x\r\n")),
      "does not speak TLS",
    ],
    [
      "of MQTT without TLS, which closes the connection",
      () => createServer((socket) => void socket.once("data", () => socket.end())),
      "closed the connection during the TLS handshake",
    ],
    [
      "that resets the connection",
      () => createServer((socket) => void socket.once("data", () => socket.resetAndDestroy())),
      "closed the connection during the TLS handshake",
    ],
  ])("%s is reported in plain words", async (_, create, message) => {
    const failure = await failureOf(connect(await listen(create())));
    expect(failure).toMatchObject({ code: "tls_failed", retryable: true });
    expect(failure.message).toContain(message);
    expect(failure.remediation).toContain("Check the port");
    expect(failure.remediation).toContain("8883");
  });

  it("of TLS 1.1 is reported, with the version that it must support", async () => {
    const port = await serve("rsa", {
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    const failure = await failureOf(connect(port));
    expect(failure.message).toContain("no common TLS version or cipher suite");
    expect(failure.remediation).toContain("TLS 1.2");
  });

  it("that ends the handshake with an alert is reported", async () => {
    // Alert 80, internal error.
    const alert = Uint8Array.of(0x15, 3, 3, 0, 2, 2, 80);
    const server = createServer((socket) => void socket.once("data", () => socket.end(alert)));
    expect(await failureOf(connect(await listen(server)))).toMatchObject({
      code: "tls_failed",
      message: expect.stringMatching(/ended the TLS handshake with an error: .*internal error$/),
      remediation: expect.stringContaining("the log of the server"),
    });
  });

  it("that nothing listens at is reported", async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await failureOf(connect(port))).toMatchObject({
      code: "connect_failed",
      message: expect.stringContaining("nothing listens at this port, or a firewall rejects the connection"),
      remediation: "Check the host and the port, and that the hub or gateway is running",
    });
  });
});

describe("a cipher list", () => {
  it("excludes suites, so that a server that has no other is rejected", async () => {
    const port = await serve("rsa", { ciphers: "kRSA", maxVersion: "TLSv1.2" });
    const usual = await connect(port);
    expect(usual.getCipher().standardName).toMatch(/^TLS_RSA_/);
    const failure = await failureOf(connect(port, { cipher: readCipherList("HIGH:!kRSA") }));
    expect(failure.message).toContain("no common TLS version or cipher suite");
  });

  it("selects suites of TLS 1.3 and of TLS 1.2", async () => {
    const cipher = readCipherList("TLS_AES_256_GCM_SHA384:ECDHE-RSA-AES256-GCM-SHA384");
    // Left alone, both servers would choose AES 128.
    const ciphers =
      "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384";
    const newer = await connect(await serve("rsa", { ciphers, honorCipherOrder: true }), { cipher });
    expect(newer.getCipher().standardName).toBe("TLS_AES_256_GCM_SHA384");
    const older = await connect(
      await serve("rsa", { ciphers, honorCipherOrder: true, maxVersion: "TLSv1.2" }),
      { cipher },
    );
    expect(older.getCipher().standardName).toBe("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
  });

  it("may name a suite of TLS 1.2 as the IANA registry does", async () => {
    const cipher = readCipherList("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    const socket = await connect(await serve("rsa", { maxVersion: "TLSv1.2" }), { cipher });
    expect(socket.getCipher().standardName).toBe("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
  });

  it("with suites of TLS 1.3 alone allows no older version", async () => {
    const cipher = readCipherList("TLS_CHACHA20_POLY1305_SHA256");
    const socket = await connect(await serve("rsa"), { cipher });
    expect(socket.getCipher().standardName).toBe("TLS_CHACHA20_POLY1305_SHA256");
    const failure = await failureOf(connect(await serve("rsa", { maxVersion: "TLSv1.2" }), { cipher }));
    expect(failure.message).toContain("no common TLS version or cipher suite");
  });
});
