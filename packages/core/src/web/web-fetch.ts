import { asError, ConnectionFailedError } from "../errors.ts";
import type { HttpRequest, HttpResponse } from "../runtime/runtime.ts";

/** How a runtime's own `fetch` is used. */
export interface WebFetchOptions {
  /** Added to the request: what only this runtime knows. */
  readonly init?: RequestInit;
  /** The first thing to do when there is no answer. */
  readonly remediation: string;
}

// Set by the runtime itself; a page may not even name them.
const ofTheRuntime = new Set(["host", "content-length"]);

/**
 * Makes a request with `fetch`.
 *
 * @throws {ConnectionFailedError} `connect_failed`
 */
export async function fetchOverWeb(
  { method, url, headers, body }: HttpRequest,
  signal: AbortSignal,
  { init, remediation }: WebFetchOptions,
): Promise<HttpResponse> {
  try {
    const response = await fetch(url, {
      ...init,
      method,
      headers: Object.entries(headers).filter(([name]) => !ofTheRuntime.has(name)),
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
      signal,
      credentials: "omit",
      cache: "no-store",
    });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: new Uint8Array(await response.arrayBuffer()),
    };
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new ConnectionFailedError(
      "connect_failed",
      // Without the query: it may be a signature.
      `No answer from ${url.replace(/\?.*$/, "")}: ${asError(cause).message}`,
      { cause, remediation },
    );
  }
}
