import { attemptFault, type Fault } from "../fault.ts";
import { ascii, type Reaction } from "../reaction.ts";

const fault = (name: string, reaction: Reaction): Fault => attemptFault("TLS", name, reaction);

/** Faults of the TLS handshake. */
export const tlsFaults: readonly Fault[] = [
  fault("TLS alert", { to: "handshake", send: Uint8Array.of(0x15, 3, 3, 0, 2, 2, 80), end: "fin" }),
  fault("garbage instead of TLS", { to: "handshake", send: ascii("\u0001\u0002garbage\u0003"), end: "fin" }),
  fault("HTTP instead of TLS", { to: "handshake", send: ascii("HTTP/1.1 503 Busy\r\n\r\n"), end: "fin" }),
  fault("half a handshake", { closeAfterBytes: 100 }),
  fault("closed in the handshake", { to: "handshake", end: "fin" }),
  fault("reset in the handshake", { to: "handshake", end: "rst" }),
  fault("silence instead of TLS", { to: "handshake" }),
  fault("expired certificate", { certificate: "expired" }),
  fault("certificate for another name", { certificate: "other name" }),
  fault("untrusted certificate", { certificate: "untrusted" }),
];
