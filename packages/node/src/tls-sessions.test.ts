import { EventEmitter } from "node:events";
import { createSecureContext, type TLSSocket } from "node:tls";
import { expect, it } from "vitest";
import { forgetSession, keepSession, type SessionPlace, sessionFor } from "./tls-sessions.ts";

/** A socket whose handshake is done. */
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

const place = (): SessionPlace => ({
  host: "hub.example",
  port: 8883,
  secureContext: createSecureContext(),
  serverVerificationCert: undefined,
  cipher: undefined,
  clientCertificate: undefined,
  proxy: undefined,
});

const keep = (socket: FakeSocket, at: SessionPlace): void => keepSession(socket as unknown as TLSSocket, at);

it("a session is resumed at the same host and port, with the same trust, and nowhere else", () => {
  const here = place();
  expect(sessionFor(here)).toBeUndefined();
  const socket = new FakeSocket("TLSv1.3");
  keep(socket, here);
  expect(sessionFor(here)).toBeUndefined();
  socket.emit("session", Buffer.from("of TLS 1.3"));
  expect(sessionFor({ ...here })?.toString()).toBe("of TLS 1.3");
  expect(sessionFor({ ...here, host: "other.example" })).toBeUndefined();
  expect(sessionFor({ ...here, port: 443 })).toBeUndefined();
  expect(sessionFor(place())).toBeUndefined();
  forgetSession(here);
  expect(sessionFor(here)).toBeUndefined();
});

it("a session of TLS 1.2 is there with the handshake", () => {
  const here = place();
  keep(new FakeSocket("TLSv1.2"), here);
  expect(sessionFor(here)?.toString()).toBe("of TLS 1.2");
});

it("a connection that resumed one leaves it as it is", () => {
  const here = place();
  const socket = new FakeSocket("TLSv1.3", true);
  keep(socket, here);
  expect(socket.listenerCount("session")).toBe(0);
});

it("a session with a client certificate is never resumed: the hub is to see the certificate", () => {
  const here: SessionPlace = { ...place(), clientCertificate: { cert: "c", key: "k" } as never };
  const socket = new FakeSocket("TLSv1.3");
  keep(socket, here);
  keep(new FakeSocket("TLSv1.2"), here);
  socket.emit("session", Buffer.from("of TLS 1.3"));
  expect(sessionFor(here)).toBeUndefined();
});
