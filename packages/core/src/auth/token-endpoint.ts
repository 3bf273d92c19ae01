import { asError, ConnectionFailedError, CredentialError, ServiceError } from "../errors.ts";
import type { HttpResponse, Runtime, Transit } from "../runtime/runtime.ts";
import { fromUtf8, utf8 } from "../util/text.ts";
import type { CheckedEndpoint, TokenHeaders, TokenProvider } from "./token-provider.ts";

/**
 * Asks a token broker: `POST` with `{ deviceId, moduleId }` as far as they are given, answered by JSON with a `token`, or
 * by the token alone.
 */
export function askEndpoint(runtime: Runtime, transit: Transit, endpoint: CheckedEndpoint): TokenProvider {
  // Without the query: it may be a secret.
  const where = endpoint.url.replace(/[?#].*$/, "");
  return async ({ signal }) => {
    const headers = checkHeaders(await endpoint.headers());
    const request = {
      method: "POST",
      url: endpoint.url,
      headers: { accept: "application/json", "content-type": "application/json", ...headers },
      body: utf8(JSON.stringify(endpoint.body)),
      transit,
    } as const;
    let response: HttpResponse;
    try {
      response = await runtime.fetch(request, signal);
    } catch (cause) {
      signal.throwIfAborted();
      throw new ConnectionFailedError(
        "token_provider_failed",
        `There is no answer from the token broker ${where}: ${asError(cause).message}`,
        { cause, remediation: "Check that it runs, and in a page that it allows requests from its origin" },
      );
    }
    if (response.status >= 300) throw refusal(where, response);
    return tokenIn(where, response);
  };
}

function tokenIn(where: string, response: HttpResponse): string {
  const text = fromUtf8(response.body).trim();
  const token = text.startsWith("SharedAccessSignature ") ? text : fieldOf(text, "token");
  if (token !== undefined) return token;
  throw new CredentialError(
    "invalid_sas_token",
    `The answer of the token broker ${where} has no token: it must be JSON with a 'token', or the token alone`,
    { remediation: "Check that the URL is that of the broker" },
  );
}

function refusal(where: string, response: HttpResponse): CredentialError | ServiceError {
  const { status, headers } = response;
  // Problem details, RFC 9457.
  const detail = fieldOf(fromUtf8(response.body), "detail")?.slice(0, 200);
  const said = `The token broker ${where} answered with status ${status}${detail === undefined ? "" : `: ${detail}`}`;
  if (status === 401) {
    return new CredentialError("token_refused", said, {
      remediation: "Sign the user in again: their own token is missing, has ended or is for someone else",
    });
  }
  if (status === 403) {
    return new CredentialError("token_refused", said, {
      remediation: "Ask for a device that the user may be",
    });
  }
  const retryAfter = Number(headers["retry-after"] ?? Number.NaN);
  return new ServiceError(said, {
    code: "token_provider_failed",
    statusCode: status,
    retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined,
    ...(status < 500 && status !== 429
      ? { remediation: "Check the URL, and what the broker is asked for" }
      : {}),
  });
}

function checkHeaders(headers: unknown): TokenHeaders {
  if (typeof headers === "object" && headers !== null) {
    if (Object.values(headers).every((value) => typeof value === "string")) return headers as TokenHeaders;
  }
  // The values are not shown: one of them is the user's token.
  throw new CredentialError(
    "token_refused",
    "The headers for the token broker are not usable: they must be an object of texts",
    { remediation: "Return { authorization: 'Bearer …' } from headers" },
  );
}

/** A text of a JSON object; `undefined` when it is no such object or has no such text. */
function fieldOf(json: string, name: string): string | undefined {
  try {
    const value: unknown = Reflect.get(Object(JSON.parse(json)), name);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
