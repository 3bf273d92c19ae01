import { ArgumentError } from "../errors.ts";
import { isConfidential } from "../util/loopback.ts";

/** What a {@link TokenProvider} is given. */
export interface TokenRequest {
  /** Aborted when the token is not needed any more, or came too late. */
  readonly signal: AbortSignal;
}

/**
 * Gets a SAS token from wherever it is signed. It may fail, and is asked again later then; throw a `CredentialError` where
 * asking again cannot help, as when nobody is signed in.
 */
export type TokenProvider = (request: TokenRequest) => string | Promise<string>;

/** Where a token broker answers, and what it is told. */
export interface TokenEndpoint {
  /** An `https:` URL, or `http:` on this machine. In a page it may be relative. */
  url: string | URL;
  /**
   * Headers of the request, asked for with each one: `async () => ({ authorization: "Bearer " + (await accessToken()) })`.
   * No cookies are sent.
   */
  headers?: TokenHeaders | (() => TokenHeaders | Promise<TokenHeaders>);
  /** The device that is wanted, where the user may be several. */
  deviceId?: string;
  /** The module of it that is wanted. */
  moduleId?: string;
}

/** Headers by their names. */
export type TokenHeaders = Readonly<Record<string, string>>;

/** A {@link TokenEndpoint} that has been checked. */
export interface CheckedEndpoint {
  readonly url: string;
  readonly headers: () => TokenHeaders | Promise<TokenHeaders>;
  readonly body: { readonly deviceId?: string; readonly moduleId?: string };
}

const known = ["url", "headers", "deviceId", "moduleId"];

/**
 * Checks what a client is told to get its tokens from.
 *
 * @throws {ArgumentError} `invalid_argument`
 */
export function checkTokenSource(source: unknown): TokenProvider | CheckedEndpoint {
  if (typeof source === "function") return source as TokenProvider;
  if (typeof source === "string" || source instanceof URL) return checkTokenSource({ url: source });
  if (typeof source !== "object" || source === null) {
    const is = source === null ? "null" : typeof source;
    throw invalid(`The token provider must be a function, a URL or an object with a url, got ${is}`);
  }
  for (const name of Object.keys(source)) {
    if (known.includes(name)) continue;
    throw invalid(`The token provider has '${name}'; known are ${known.join(", ")}`);
  }
  const { url, headers, deviceId, moduleId } = source as TokenEndpoint;
  for (const [name, id] of Object.entries({ deviceId, moduleId })) {
    if (id === undefined || (typeof id === "string" && id !== "")) continue;
    throw invalid(`${name} of the token provider must be a text that is not empty`);
  }
  if (headers !== undefined && typeof headers !== "function" && typeof headers !== "object") {
    throw invalid("headers of the token provider must be an object or a function that returns one");
  }
  return {
    url: resolve(url),
    headers: typeof headers === "function" ? headers : () => headers ?? {},
    body: {
      ...(deviceId === undefined ? {} : { deviceId }),
      ...(moduleId === undefined ? {} : { moduleId }),
    },
  };
}

/** The URL in full: only a page has something that a relative one could be relative to. */
function resolve(url: unknown): string {
  let resolved: URL;
  try {
    // A Request knows where its page is, and refuses a password in the URL.
    resolved = new URL(new Request(url as string).url);
  } catch {
    // Not shown: what is passed here by mistake may be a token.
    throw invalid(
      "url of the token provider must be a URL such as https://example.com/token, without a password",
    );
  }
  if (isConfidential(resolved)) return resolved.href;
  throw invalid(
    `url of the token provider leads to ${resolved.origin}, it must be https:; only a server on this machine may be http:`,
  );
}

function invalid(message: string): ArgumentError {
  return new ArgumentError("invalid_argument", message);
}
