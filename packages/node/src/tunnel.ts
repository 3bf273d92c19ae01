import { request } from "node:http";
import { createRequire } from "node:module";
import type { Socket } from "node:net";
import { ConnectionFailedError, type ProxyOptions } from "@isohub/core";
import { asError } from "@isohub/core/runtime";

const load = createRequire(import.meta.url);

/** Where a tunnel leads. */
interface Destination {
  readonly host: string;
  readonly port: number;
}

/**
 * Opens a plain connection through a proxy.
 *
 * @throws {ConnectionFailedError} `proxy_failed` — the proxy could not be reached or refused
 */
export async function openTunnel(proxy: ProxyOptions, to: Destination, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const { proxyType, proxyAddress, proxyPort } = proxy;
  try {
    const socket = await (proxyType === "HTTP" ? throughHttp(proxy, to, signal) : throughSocks(proxy, to));
    if (signal.aborted) socket.destroy();
    signal.throwIfAborted();
    return socket;
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new ConnectionFailedError(
      "proxy_failed",
      `The ${proxyType} proxy ${proxyAddress}:${proxyPort} made no connection to ${to.host}:${to.port}: ${asError(cause).message}`,
      {
        cause,
        remediation:
          "Check the address of the proxy, its user name and password, and that it allows this port",
      },
    );
  }
}

function throughHttp(
  { proxyAddress, proxyPort, proxyUsername, proxyPassword }: ProxyOptions,
  { host, port }: Destination,
  signal: AbortSignal,
): Promise<Socket> {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const login = Buffer.from(`${proxyUsername ?? ""}:${proxyPassword ?? ""}`).toString("base64");
  return new Promise((resolve, reject) => {
    const asking = request({
      method: "CONNECT",
      host: proxyAddress,
      port: proxyPort,
      path: authority,
      agent: false,
      signal,
      headers: {
        host: authority,
        ...(proxyUsername === undefined ? {} : { "proxy-authorization": `Basic ${login}` }),
      },
    });
    asking.once("error", reject);
    asking.once("connect", (response, socket: Socket) => {
      if (response.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Error(`it answered CONNECT with HTTP ${response.statusCode}`));
    });
    asking.once("response", (response) => {
      asking.destroy();
      reject(new Error(`it answered CONNECT with HTTP ${response.statusCode}`));
    });
    asking.end();
  });
}

async function throughSocks(
  { proxyType, proxyAddress, proxyPort, proxyUsername, proxyPassword }: ProxyOptions,
  destination: Destination,
): Promise<Socket> {
  const { SocksClient } = load("socks") as typeof import("socks");
  const { socket } = await SocksClient.createConnection({
    command: "connect",
    destination,
    proxy: {
      host: proxyAddress,
      port: proxyPort,
      type: proxyType === "SOCKS5" ? 5 : 4,
      ...(proxyUsername === undefined ? {} : { userId: proxyUsername }),
      ...(proxyPassword === undefined ? {} : { password: proxyPassword }),
    },
  });
  return socket;
}
