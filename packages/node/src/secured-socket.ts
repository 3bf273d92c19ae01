import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Transit } from "@isohub/core/runtime";
import { connectError } from "./connect-errors.ts";
import { secureContextFor } from "./secure-context.ts";
import { forgetSession, keepSession, sessionFor } from "./tls-sessions.ts";
import { openTunnel } from "./tunnel.ts";

/** Where a socket goes, and how. */
export interface SocketTarget extends Transit {
  readonly host: string;
  readonly port: number;
}

/**
 * Opens a TLS socket, through a proxy if there is one; resolves when the handshake is done and the peer trusted.
 *
 * @throws {ConnectionFailedError}
 */
export async function openSecuredSocket(
  target: SocketTarget,
  signal: AbortSignal,
  trust: "given" | "added" = "given",
): Promise<TLSSocket> {
  const { host, port, proxy } = target;
  const secureContext = secureContextFor(target, trust);
  const tunnel = proxy === undefined ? undefined : await openTunnel(proxy, { host, port }, signal);
  const place = { ...target, secureContext };
  const session = sessionFor(place);
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...(session === undefined ? {} : { session }),
      ...(tunnel === undefined ? { host, port } : { host, socket: tunnel }),
      secureContext,
      // SNI must be a name; an IP address is checked against the certificate all the same.
      servername: isIP(host) === 0 ? host : "",
    });
    socket.setNoDelay(true);
    const stop = (): void => {
      signal.removeEventListener("abort", giveUp);
      socket.off("error", refused);
      socket.off("close", closed);
    };
    const giveUp = (): void => {
      stop();
      socket.on("error", () => {});
      socket.destroy();
      reject(signal.reason);
    };
    const refused = (error: Error): void => {
      stop();
      socket.on("error", () => {});
      socket.destroy();
      forgetSession(place);
      reject(connectError(error, target));
    };
    const closed = (): void => refused(new Error("the connection was closed during the handshake"));
    signal.addEventListener("abort", giveUp);
    socket.once("error", refused);
    socket.once("close", closed);
    socket.once("secureConnect", () => {
      stop();
      keepSession(socket, place);
      resolve(socket);
    });
  });
}
