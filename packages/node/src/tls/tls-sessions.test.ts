import { EventEmitter } from "node:events";
import { createSecureContext, type TLSSocket } from "node:tls";
import { expect, it } from "vitest";
import { forgetSession, keepSession, type SessionPeer, sessionFor } from "./tls-sessions.ts";

/** A socket after its handshake. */
class FakeSocket extends EventEmitter {
  readonly protocol: string;
  readonly reused: boolean;

  constructor(protocol: string, reused = false) {
    super();
    this.protocol = protocol;
    this.reused = reused;
  }

  getProtocol = (): string => this.protocol;
  getSession = (): Buffer => Buffer.from("of TLS 1.2");
  isSessionReused = (): boolean => this.reused;
}

const peer = (): SessionPeer => ({
  host: "hub.example",
  port: 8883,
  secureContext: createSecureContext(),
  serverVerificationCert: undefined,
  cipher: undefined,
  clientCertificate: undefined,
  proxy: undefined,
});

const keep = (socket: FakeSocket, to: SessionPeer): void => keepSession(socket as unknown as TLSSocket, to);

it("a session is resumed only at the same host and port, with the same trust", () => {
  const hub = peer();
  expect(sessionFor(hub)).toBeUndefined();
  const socket = new FakeSocket("TLSv1.3");
  keep(socket, hub);
  expect(sessionFor(hub)).toBeUndefined();
  socket.emit("session", Buffer.from("of TLS 1.3"));
  expect(sessionFor({ ...hub })?.toString()).toBe("of TLS 1.3");
  expect(sessionFor({ ...hub, host: "other.example" })).toBeUndefined();
  expect(sessionFor({ ...hub, port: 443 })).toBeUndefined();
  expect(sessionFor(peer())).toBeUndefined();
  forgetSession(hub);
  expect(sessionFor(hub)).toBeUndefined();
});

it("a TLS 1.2 session is available after the handshake", () => {
  const hub = peer();
  keep(new FakeSocket("TLSv1.2"), hub);
  expect(sessionFor(hub)?.toString()).toBe("of TLS 1.2");
});

it("a resumed session isn't replaced", () => {
  const hub = peer();
  const socket = new FakeSocket("TLSv1.3", true);
  keep(socket, hub);
  expect(socket.listenerCount("session")).toBe(0);
});

it("a session with a client certificate is never resumed, because the hub must check the certificate", () => {
  const hub: SessionPeer = { ...peer(), clientCertificate: { cert: "c", key: "k", passPhrase: undefined } };
  const socket = new FakeSocket("TLSv1.3");
  keep(socket, hub);
  keep(new FakeSocket("TLSv1.2"), hub);
  socket.emit("session", Buffer.from("of TLS 1.3"));
  expect(sessionFor(hub)).toBeUndefined();
});
