import { asError, ConnectionFailedError, IsoHubError } from "../errors.ts";
import { readResponseBody } from "../runtime/response-body.ts";
import type { HttpRequest, HttpResponse } from "../runtime/runtime.ts";
import type { OwnedBytes } from "../util/owned-bytes.ts";

/** Runtime-specific parts of a request. */
export interface WebFetchOptions {
  /** Added to the request. */
  readonly init?: RequestInit;
  /** The first thing to do if the request fails. */
  readonly remediation: string;
  /** Returns a more specific error for a failed request, if there is one. @param reason - without the query of the URL */
  explain?(reason: string, error: unknown): ConnectionFailedError | undefined;
}

// The runtime sets these itself. Pages may not set them.
const runtimeHeaders = new Set(["host", "content-length"]);

/**
 * Sends a request with `fetch`. Redirects fail: they could lead tokens to another host.
 *
 * @throws {ConnectionFailedError} `connect_failed`
 * @throws {ProtocolError} `protocol_error` for a body that is too long
 */
export async function fetchOverWeb(
  { method, url, headers, body }: HttpRequest,
  signal: AbortSignal,
  { init, remediation, explain }: WebFetchOptions,
): Promise<HttpResponse> {
  // Without the query, which may contain a signature.
  const peer = url.replace(/[?#].*$/s, "");
  try {
    const response = await fetch(url, {
      ...init,
      method,
      headers: Object.entries(headers).filter(([name]) => !runtimeHeaders.has(name)),
      ...(body === undefined ? {} : { body: body as OwnedBytes }),
      signal,
      credentials: "omit",
      cache: "no-store",
      // Not "error", which workerd doesn't have.
      redirect: "manual",
    });
    if (isRedirect(response)) {
      response.body?.cancel().catch(() => {});
      throw new Error("It answers with a redirect, which isn't followed");
    }
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await readResponseBody(response, peer),
    };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof IsoHubError) throw error;
    // A runtime's messages may contain the whole URL. That is why the error isn't passed on as the cause.
    const reason = reasonOf(error).replaceAll(url, peer).replace(/\?\S*/g, "");
    throw (
      explain?.(reason, error) ??
      new ConnectionFailedError("connect_failed", `No response from ${peer}: ${reason}`, { remediation })
    );
  }
}

/** Pages hide the status of a redirect. */
function isRedirect({ type, status }: Response): boolean {
  return type === "opaqueredirect" || (status >= 300 && status < 400);
}

/** Runtimes report "fetch failed", and the reason in the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = asError(error);
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}
