import { request } from "node:http";
import type { Socket } from "node:net";
import { ConnectionFailedError, type ProxyOptions } from "@isohub/core";
import { asError, packageMissing } from "@isohub/core/runtime";

/** The end of a tunnel. */
interface Destination {
  readonly host: string;
  readonly port: number;
}

/**
 * Opens a plain connection through a proxy.
 *
 * @throws {ConnectionFailedError} `proxy_failed` if the proxy can't be reached or rejects the connection
 */
export async function openTunnel(proxy: ProxyOptions, to: Destination, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const { proxyType, proxyAddress, proxyPort } = proxy;
  if (proxyType !== "HTTP") await loadSocks();
  try {
    const socket = await (proxyType === "HTTP" ? throughHttp(proxy, to, signal) : throughSocks(proxy, to));
    if (signal.aborted) socket.destroy();
    signal.throwIfAborted();
    return socket;
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new ConnectionFailedError(
      "proxy_failed",
      `Could not connect to ${to.host}:${to.port} through the ${proxyType} proxy ${proxyAddress}:${proxyPort}: ${asError(cause).message}`,
      {
        cause,
        remediation:
          "Check the proxy's address, its user name and password, and that it allows connections to this port",
      },
    );
  }
}

// Loaded on first use: few devices need a SOCKS proxy.
function loadSocks(): Promise<typeof import("socks")> {
  return import("socks").catch(packageMissing("A SOCKS proxy", "the package 'socks'", "npm install socks"));
}

function throughHttp(
  { proxyAddress, proxyPort, proxyUsername, proxyPassword }: ProxyOptions,
  { host, port }: Destination,
  signal: AbortSignal,
): Promise<Socket> {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
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
        ...(proxyUsername === undefined ? {} : { "proxy-authorization": `Basic ${login}` }),
      },
    });
    const refuse = (status: number | undefined): void =>
      reject(new Error(`it responded to CONNECT with HTTP ${status}`));
    connecting.once("error", reject);
    connecting.once("connect", (response, socket: Socket) => {
      if (response.statusCode === 200) return resolve(socket);
      socket.destroy();
      refuse(response.statusCode);
    });
    connecting.once("response", (response) => {
      connecting.destroy();
      refuse(response.statusCode);
    });
    connecting.end();
  });
}

async function throughSocks(
  { proxyType, proxyAddress, proxyPort, proxyUsername, proxyPassword }: ProxyOptions,
  destination: Destination,
): Promise<Socket> {
  const { SocksClient } = await loadSocks();
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
