import { isIP, type OnReadOpts } from "node:net";
import { connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { type ConnectionHandlers, type Endpoint, type Transit, unansweredAdvice } from "@isohub/core/runtime";
import { connectError } from "../connect-errors.ts";
import { proxyFor } from "../proxy/no-proxy.ts";
import { openTunnel } from "../proxy/tunnel.ts";
import { secureContextFor, type Trust } from "./secure-context.ts";
import { sharedLookup } from "./shared-lookup.ts";
import { limitTcp } from "./tcp-deadline.ts";
import { forgetSession, keepSession, sessionFor } from "./tls-sessions.ts";

/** The peer of a socket, and how to reach it. */
export interface SocketTarget extends Transit {
  readonly host: string;
  readonly port: number;
  readonly transport?: Endpoint["transport"];
  readonly localAddress?: string;
}

/** Returns the options of a socket that comes from an address of this machine. */
export function fromAddress(localAddress: string | undefined): { localAddress?: string; family?: number } {
  return localAddress === undefined ? {} : { localAddress, family: isIP(localAddress) };
}

/**
 * Opens a TLS socket, through a proxy if there is one. Resolves after the handshake with a trusted peer.
 *
 * @param steps - notified of the steps
 * @param onBytes - receives what the peer sends, valid during the call only; without it, the socket emits its data
 * @throws {ConnectionFailedError} `connect_failed`, `tls_failed` or `proxy_failed`
 */
export async function openSecuredSocket(
  target: SocketTarget,
  signal: AbortSignal,
  trust: Trust = "given",
  steps: Pick<ConnectionHandlers, "onStep"> = {},
  onBytes?: (bytes: Uint8Array) => void,
): Promise<TLSSocket> {
  const { host, port } = target;
  const proxy = proxyFor(target.proxy, target);
  const secureContext = secureContextFor(target, trust);
  if (proxy !== undefined) steps.onStep?.("answer from the proxy", "Check proxyOptions and the proxy");
  const tunnel = proxy === undefined ? undefined : await openTunnel(proxy, { host, port }, signal);
  const peer = { ...target, secureContext };
  const session = sessionFor(peer);
  if (tunnel === undefined) steps.onStep?.("TCP connection", unansweredAdvice(target));
  else steps.onStep?.("TLS handshake", tlsAdvice);
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...(session === undefined ? {} : { session }),
      ...(tunnel === undefined
        ? { host, port, lookup: sharedLookup, ...fromAddress(target.localAddress) }
        : { host, socket: tunnel }),
      ...(onBytes === undefined ? {} : readInto(onBytes)),
      secureContext,
      // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 doesn't send tokens to strangers.
      rejectUnauthorized: true,
      // SNI must be a host name. An IP address is checked against the certificate without it.
      servername: isIP(host) === 0 ? host : "",
    });
    socket.setNoDelay(true);
    // Where `onread` is ignored: through a tunnel, and in other runtimes.
    if (onBytes !== undefined) socket.on("data", onBytes);
    // Through a tunnel, the handshake begins at once.
    let inHandshake = tunnel !== undefined;
    let certificate: PeerCertificate | undefined;
    // Emitted before the certificate is checked. A socket whose peer isn't trusted doesn't return it afterwards.
    socket.prependOnceListener("secure", () => {
      certificate = socket.getPeerCertificate();
    });
    socket.once("connect", () => {
      inHandshake = true;
      endLimit?.();
      if (tunnel === undefined) steps.onStep?.("TLS handshake", tlsAdvice);
    });
    const stop = (): void => {
      endLimit?.();
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError);
      socket.off("close", onClose);
    };
    const onAbort = (): void => {
      stop();
      socket.on("error", () => {});
      socket.destroy();
      reject(signal.reason);
    };
    const fail = (error: Error): void => {
      stop();
      socket.on("error", () => {});
      socket.destroy();
      forgetSession(peer);
      reject(error);
    };
    const onError = (error: Error): void => fail(connectError(error, target, inHandshake, certificate));
    const onClose = (): void => onError(new Error("the connection was closed during the handshake"));
    const endLimit = tunnel === undefined ? limitTcp(socket, target, fail) : undefined;
    signal.addEventListener("abort", onAbort);
    socket.once("error", onError);
    socket.once("close", onClose);
    socket.once("secureConnect", () => {
      stop();
      keepSession(socket, peer);
      resolve(socket);
    });
  });
}

const readBytes = 65_536;
let readBuffer: Uint8Array | undefined;

/** Reads into one buffer, which all sockets share: it is used synchronously. Saves a third of the cost of a received message. */
function readInto(onBytes: (bytes: Uint8Array) => void): { onread: OnReadOpts } {
  readBuffer ??= new Uint8Array(readBytes);
  const buffer = readBuffer;
  const callback = (bytes: number): boolean => {
    onBytes(buffer.subarray(0, bytes));
    return true;
  };
  return { onread: { buffer, callback } };
}

const tlsAdvice =
  "Check that the port is that of a hub, and what lies between: it accepts connections but stays silent";
