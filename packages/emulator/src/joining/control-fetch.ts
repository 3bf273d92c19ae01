import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { ControlClientOptions } from "../control-client/http.ts";
import { requestTimeoutMs } from "./join-records.ts";

/** Options of {@link ControlFetch}. */
export interface ControlFetchOptions {
  /** PEM of the authority to trust, by default those of the process. */
  readonly ca?: string | undefined;
  /** The time for a request once it has a connection, in milliseconds. */
  readonly timeoutMs?: number;
}

// Enough for one core of the other hub; further requests wait for a connection.
const maxConnections = 16;
// Two twins of the largest size.
const maxBytes = 1_048_576;

/**
 * Sends the requests between two hubs. Unlike the global `fetch`, it can trust another certificate authority, and limits
 * connections, time and bytes.
 */
export class ControlFetch {
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: maxConnections });
  readonly #https: HttpsAgent;
  readonly #timeoutMs: number;

  constructor({ ca, timeoutMs = requestTimeoutMs }: ControlFetchOptions = {}) {
    this.#timeoutMs = timeoutMs;
    this.#https = new HttpsAgent({
      keepAlive: true,
      maxSockets: maxConnections,
      ...(ca === undefined ? {} : { ca }),
    });
  }

  /** Sends a request, as `fetch` does. */
  readonly fetch: NonNullable<ControlClientOptions["fetch"]> = (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const isSecure = url.startsWith("https:");
      const options = {
        method: method ?? "GET",
        headers: headers as Record<string, string>,
        agent: isSecure ? this.#https : this.#http,
        ...(signal === null || signal === undefined ? {} : { signal }),
      };
      const request = (isSecure ? httpsRequest : httpRequest)(url, options, (incoming) => {
        read(incoming).then(
          (bytes) => resolve(responseOf(incoming, bytes)),
          (error: unknown) => {
            reject(error);
            request.destroy();
          },
        );
      });
      request.on("error", reject);
      this.#limit(request);
      request.end(typeof body === "string" ? body : undefined);
    });

  // Waiting for a connection doesn't count.
  #limit(request: ClientRequest): void {
    request.once("socket", () => {
      const timer = setTimeout(() => {
        request.destroy(new Error(`no answer within ${this.#timeoutMs} ms`));
      }, this.#timeoutMs);
      request.once("close", () => clearTimeout(timer));
    });
  }

  /** Closes all connections. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

async function read(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > maxBytes) throw new Error(`an answer must have at most ${maxBytes} bytes, got more`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function responseOf({ statusCode = 0, headers }: IncomingMessage, bytes: Buffer): Response {
  const hasBody = statusCode !== 204 && statusCode !== 304;
  return new Response(hasBody ? new Uint8Array(bytes) : null, {
    status: statusCode,
    headers: { "content-type": headers["content-type"] ?? "" },
  });
}
