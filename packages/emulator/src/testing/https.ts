import { request } from "node:https";
import type { Readable } from "node:stream";
import type { Emulator } from "../api/emulator.ts";

/** A request to the TLS port. */
export interface HttpsOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** An object is sent as JSON. */
  readonly body?: string | Uint8Array | object | Readable;
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** A response. */
export interface HttpsAnswer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: the expectations of a test define its type
  readonly json: any;
}

/** Sends a request with Node's client, which doesn't change the path. */
export function https(emulator: Emulator, path: string, options: HttpsOptions = {}): Promise<HttpsAnswer> {
  const { method = "POST", headers = {}, body, certificate } = options;
  const { host, port } = emulator.endpoints;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host,
        port,
        path,
        method,
        headers,
        ca: emulator.ca,
        servername: "localhost",
        agent: false,
        ...certificate,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const bytes = Buffer.concat(chunks);
          const text = bytes.toString();
          const { statusCode: status = 0, headers: answered } = response;
          const json = answered["content-type"]?.includes("json") === true ? JSON.parse(text) : undefined;
          resolve({ status, headers: answered, bytes, text, json });
        });
      },
    );
    outgoing.on("error", reject);
    if (isStream(body)) body.pipe(outgoing);
    else if (body instanceof Uint8Array || typeof body === "string") outgoing.end(body);
    else outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function isStream(body: HttpsOptions["body"]): body is Readable {
  return typeof body === "object" && "pipe" in body;
}
