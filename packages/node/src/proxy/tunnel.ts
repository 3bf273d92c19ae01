import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { ConnectionFailedError, type ProxyOptions } from "@isohub/core";
import { asError, fileMissing, peerText } from "@isohub/core/runtime";

/** The end of a tunnel. */
interface Destination {
  readonly host: string;
  readonly port: number;
}

/** A proxy that answered, and rejected the connection. */
class Rejection extends Error {
  readonly remediation: string;

  constructor(message: string, remediation: string) {
    super(message);
    this.remediation = remediation;
  }
}

/**
 * Opens a plain connection through a proxy.
 *
 * @param signal - closes the connection to the proxy, in each phase
 * @throws {ConnectionFailedError} `proxy_failed` if the proxy can't be reached or rejects the connection
 */
export async function openTunnel(proxy: ProxyOptions, to: Destination, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const { proxyType, proxyAddress, proxyPort } = proxy;
  if (proxyType !== "HTTP") await loadSocks();
  signal.throwIfAborted();
  try {
    const socket = await (proxyType === "HTTP" ? throughHttp : throughSocks)(proxy, to, signal);
    if (signal.aborted) socket.destroy();
    signal.throwIfAborted();
    return socket;
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new ConnectionFailedError(
      "proxy_failed",
      `Could not connect to ${to.host}:${to.port} through the ${proxyType} proxy ${proxyAddress}:${proxyPort}: ${peerText(asError(cause).message)}`,
      {
        cause,
        remediation: cause instanceof Rejection ? cause.remediation : adviceFor(cause),
      },
    );
  }
}

/** Returns the first thing to do about a proxy that couldn't be reached, or that spoke another protocol. */
function adviceFor(cause: unknown): string {
  const { code, message } = cause as { code?: unknown; message?: unknown };
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return "Check the spelling of proxyAddress, and the DNS servers of this machine";
  if (code === "ECONNREFUSED" || code === "ETIMEDOUT" || /UNREACH$/.test(String(code)))
    return "Check proxyAddress and proxyPort, and that the proxy is running";
  if (/auth/i.test(String(message))) return "Check proxyUsername and proxyPassword";
  return "Check that proxyAddress, proxyPort and the type are those of the proxy, and that it allows connections to this port";
}

// Loaded on first use: few devices need a SOCKS proxy.
function loadSocks(): Promise<typeof import("socks")> {
  return import("socks").catch(fileMissing("@isohub/node"));
}

function throughHttp(
  { proxyAddress, proxyPort, proxyUsername, proxyPassword }: ProxyOptions,
  { host, port }: Destination,
  signal: AbortSignal,
): Promise<Socket> {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const hasLogin = (proxyUsername ?? proxyPassword) !== undefined;
  const login = Buffer.from(`${proxyUsername ?? ""}:${proxyPassword ?? ""}`).toString("base64");
  return new Promise((resolve, reject) => {
    const connecting = request({
      method: "CONNECT",
      host: proxyAddress,
      port: proxyPort,
      path: authority,
      agent: false,
      signal,
      headers: {
        host: authority,
        ...(!hasLogin ? {} : { "proxy-authorization": `Basic ${login}` }),
      },
    });
    connecting.once("error", reject);
    // Emitted for every status.
    connecting.once("connect", ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head);
        return resolve(socket);
      }
      socket.destroy();
      reject(rejectionFor(statusCode, hasLogin));
    });
    connecting.end();
  });
}

/** @source RFC 9110, 9.3.6: any 2xx status opens the tunnel */
function rejectionFor(status: number, hasLogin: boolean): Rejection {
  const remediation =
    status !== 407
      ? "Check that the proxy allows connections to this host and port"
      : hasLogin
        ? "Check proxyUsername and proxyPassword. The proxy must accept Basic authentication"
        : "Pass proxyUsername and proxyPassword";
  return new Rejection(`it responded to CONNECT with HTTP ${status}`, remediation);
}

async function throughSocks(
  { proxyType, proxyAddress, proxyPort, proxyUsername, proxyPassword }: ProxyOptions,
  destination: Destination,
  signal: AbortSignal,
): Promise<Socket> {
  const { SocksClient } = await loadSocks();
  // Our own socket, because the package can't abort a connection.
  const socket = connect({ host: proxyAddress, port: proxyPort });
  const abort = (): void => void socket.destroy(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    await once(socket, "connect");
    await SocksClient.createConnection({
      command: "connect",
      destination,
      existing_socket: socket,
      // The client's own time-out aborts the signal. The package keeps its timer, and with it the socket, until then.
      timeout: 600_000,
      proxy: {
        host: proxyAddress,
        port: proxyPort,
        type: proxyType === "SOCKS5" ? 5 : 4,
        ...(proxyUsername === undefined ? {} : { userId: proxyUsername }),
        ...(proxyPassword === undefined ? {} : { password: proxyPassword }),
      },
    });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
