import { type ClientRequest, request as requestOverHttp } from "node:http";
import { request as requestOverTls } from "node:https";
import type { Socket } from "node:net";
import { ConnectionFailedError, IsoHubError, ProtocolError } from "@isohub/core";
import { asError, type HttpRequest, type HttpResponse, ResponseBody } from "@isohub/core/runtime";
import { exchangeError } from "../connect-errors.ts";
import { proxyFor } from "../proxy/no-proxy.ts";
import { openTunnel } from "../proxy/tunnel.ts";
import { openSecuredSocket } from "../tls/secured-socket.ts";

interface Peer {
  readonly host: string;
  readonly port: number;
}

/** Sends one HTTP request over a new connection, with the client's trust, certificate and proxy. */
export async function fetchOverHttp(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
  if (request.url.startsWith("unix:")) return overUnixSocket(request, signal);
  // Such as one with the host name 10.0.0.256.
  if (!URL.canParse(request.url)) {
    throw new ConnectionFailedError("connect_failed", "The host name must be one that a URL can contain", {
      retryable: false,
      remediation: "Check HostName in the connection string",
    });
  }
  const url = new URL(request.url);
  const secure = url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port || (secure ? 443 : 80));
  const { transit } = request;
  const proxy = proxyFor(transit.proxy, { host, port });
  const socket = await withIdleLimit(request, signal, { host, port }, async (inner) => {
    if (secure)
      return openSecuredSocket(
        { ...transit, host, port },
        inner,
        request.publicTrust === true ? "added" : "given",
      );
    return proxy === undefined ? undefined : openTunnel(proxy, { host, port }, inner);
  });
  const send = secure ? requestOverTls : requestOverHttp;
  const sending = send(url, {
    method: request.method,
    headers: request.headers,
    signal,
    // An agent would open another connection.
    ...(socket === undefined ? { agent: false } : { createConnection: () => socket as Socket }),
  });
  return exchange(sending, request, signal, { host, port });
}

/** Opens a connection within the idle time-out of a request. */
async function withIdleLimit<T>(
  { idleTimeoutMs }: HttpRequest,
  signal: AbortSignal,
  peer: Peer,
  open: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (idleTimeoutMs === undefined) return open(signal);
  const abort = new AbortController();
  const onAbort = (): void => abort.abort(signal.reason);
  signal.addEventListener("abort", onAbort);
  const timer = setTimeout(() => abort.abort(idle(peer, idleTimeoutMs)), idleTimeoutMs);
  try {
    return await open(abort.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

function idle({ host, port }: Peer, ms: number): ConnectionFailedError {
  return new ConnectionFailedError(
    "connect_failed",
    `${host}:${port} sent and accepted nothing for ${ms} ms`,
    {
      remediation: "Check the network and its firewalls, and try again",
    },
  );
}

function overUnixSocket(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
  const [socketPath = "", path = "/"] = splitUnixUrl(request.url);
  const sending = requestOverHttp({
    socketPath,
    path,
    method: request.method,
    headers: request.headers,
    agent: false,
    signal,
  });
  return exchange(sending, request, signal, { host: socketPath, port: 0 });
}

/** `unix:/var/run/x.sock:/path?query` */
function splitUnixUrl(url: string): [string, string] {
  const rest = url.slice("unix:".length);
  const at = rest.indexOf(":");
  return at < 0 ? [rest, "/"] : [rest.slice(0, at), rest.slice(at + 1)];
}

function exchange(
  sending: ClientRequest,
  { body, idleTimeoutMs }: HttpRequest,
  signal: AbortSignal,
  peer: Peer,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      reject(
        signal.aborted ? signal.reason : error instanceof IsoHubError ? error : exchangeError(error, peer),
      );
    };
    sending.once("error", failed);
    if (idleTimeoutMs !== undefined)
      sending.setTimeout(idleTimeoutMs, () => {
        failed(idle(peer, idleTimeoutMs));
        sending.destroy();
      });
    sending.once("upgrade", (_response, socket: Socket) => {
      socket.destroy();
      failed(new ProtocolError("protocol_error", `${peer.host}:${peer.port} switched to another protocol`));
    });
    sending.once("response", (response) => {
      const received = new ResponseBody(`${peer.host}:${peer.port}`);
      response.on("data", (part: Buffer) => {
        try {
          received.add(part);
        } catch (error) {
          response.destroy(asError(error));
        }
      });
      response.once("error", failed);
      response.once("end", () => {
        const headers = Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
        );
        resolve({ status: response.statusCode ?? 0, headers, body: received.bytes() });
      });
      // Node reports an error first.
      response.once("close", () => {
        if (!response.complete) failed(Object.assign(new Error("aborted"), { code: "ECONNRESET" }));
      });
    });
    sending.end(body);
  });
}
