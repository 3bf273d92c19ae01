import { asError, ConnectionFailedError } from "../errors.ts";
import type { HttpRequest, HttpResponse } from "../runtime/runtime.ts";

/** Settings for a runtime's own `fetch`. */
export interface WebFetchOptions {
  /** Request options that only this runtime knows. */
  readonly init?: RequestInit;
  /** Remediation for a request without an answer. */
  readonly remediation: string;
}

// The runtime sets these itself; a page may not set them.
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
      // Without the query, which may contain a signature.
      `No answer from ${url.replace(/\?.*$/, "")}: ${asError(cause).message}`,
      { cause, remediation },
    );
  }
}
