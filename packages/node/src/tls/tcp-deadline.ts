import { isIP, type Socket } from "node:net";
import type { ConnectionFailedError } from "@isohub/core";
import { connectFailed, type FailedPeer } from "@isohub/core/runtime";

/**
 * The time limit for a TCP connection with DNS, in milliseconds. The request for it is repeated four times until then. Operating
 * systems wait longer: Windows 21 s, Linux more than two minutes.
 */
const tcpTimeoutMs = 20_000;

/**
 * Limits the time for a socket to connect.
 *
 * @param onTimeout - called with the reason
 * @returns a function that ends the limit
 */
export function limitTcp(
  socket: Pick<Socket, "connecting" | "once">,
  peer: FailedPeer,
  onTimeout: (error: ConnectionFailedError) => void,
  ms: number = tcpTimeoutMs,
): () => void {
  let isResolved = isIP(peer.host) !== 0;
  let immediate: NodeJS.Immediate | undefined;
  socket.once("lookup", () => {
    isResolved = true;
  });
  const timer = setTimeout(() => {
    // A busy process reads first that the connection is established.
    immediate = setImmediate(() => {
      if (socket.connecting)
        onTimeout(connectFailed(isResolved ? "noAnswer" : "noResolver", peer, `waited ${ms / 1000} s`));
    });
  }, ms);
  return () => {
    clearTimeout(timer);
    if (immediate !== undefined) clearImmediate(immediate);
  };
}
