import { asError, ConnectionFailedError, CredentialError, ServiceError } from "../errors.ts";
import type { HttpResponse, Runtime, Transit } from "../runtime/runtime.ts";
import { peerText } from "../util/peer-text.ts";
import { retryAfterMs } from "../util/retry-after.ts";
import { utf8 } from "../util/text.ts";
import type { CheckedEndpoint, TokenHeaders, TokenProvider } from "./token-provider.ts";

/** Decodes a body. Bytes that aren't UTF-8 become replacement characters. */
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/**
 * Creates a token provider that requests tokens from a token broker: `POST` with the requested `deviceId` and `moduleId`,
 * answered by JSON with a `token`, or by the token alone.
 */
export function endpointProvider(
  runtime: Runtime,
  transit: Transit,
  endpoint: CheckedEndpoint,
): TokenProvider {
  // Without the query, which may be a secret.
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
        `No response from the token broker ${where}: ${asError(cause).message}`,
        {
          cause,
          remediation: "Check that it runs, doesn't redirect, and, for a page, allows its origin",
        },
      );
    }
    if (response.status >= 300) throw refusal(where, response);
    return tokenIn(where, response);
  };
}

function tokenIn(where: string, response: HttpResponse): string {
  const text = decode(response.body).trim();
  const token = text.startsWith("SharedAccessSignature ") ? text : fieldOf(text, "token");
  if (token !== undefined) return token;
  throw new CredentialError(
    "invalid_sas_token",
    `The response of the token broker ${where} must be JSON with a 'token', or the token alone`,
    { remediation: "Check the URL of the token broker" },
  );
}

function refusal(where: string, response: HttpResponse): CredentialError | ServiceError {
  const { status, headers } = response;
  // Problem details, RFC 9457.
  const detail = fieldOf(decode(response.body), "detail");
  const message = `The token broker ${where} answered with status ${status}${detail === undefined ? "" : `: ${peerText(detail)}`}`;
  if (status === 401) {
    return new CredentialError("token_refused", message, {
      remediation: "Sign the user in again: the token is missing, has expired, or is for another audience",
    });
  }
  if (status === 403) {
    return new CredentialError("token_refused", message, {
      remediation: "Request a device that the user may use",
    });
  }
  return new ServiceError(message, {
    code: "token_provider_failed",
    statusCode: status,
    retryAfterMs: retryAfterMs(headers["retry-after"]),
    ...(status < 500 && status !== 429
      ? { remediation: "Check the URL, which must not redirect, and the requested device" }
      : {}),
  });
}

function checkHeaders(headers: unknown): TokenHeaders {
  if (typeof headers === "object" && headers !== null) {
    if (Object.values(headers).every((value) => typeof value === "string")) return headers as TokenHeaders;
  }
  // Not shown, because one of them is the user's token.
  throw new CredentialError(
    "token_refused",
    "The headers for the token broker must be an object of strings",
    { remediation: "Return { authorization: 'Bearer …' } from headers" },
  );
}

/** Returns a string field of a JSON object; undefined if there is none. */
function fieldOf(json: string, name: string): string | undefined {
  try {
    const value: unknown = Reflect.get(Object(JSON.parse(json)), name);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
