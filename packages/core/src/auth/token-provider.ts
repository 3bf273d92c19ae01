import { ArgumentError, mustBe } from "../errors.ts";
import { isConfidential } from "../util/loopback.ts";

/** The argument of a {@link TokenProvider}. */
export interface TokenRequest {
  /** Aborted when the token is no longer needed, or took too long. */
  readonly signal: AbortSignal;
}

/**
 * Gets a SAS token from where it is signed. If it fails, the client calls it again later; throw a `CredentialError` if that
 * can't help, for example if no user is signed in.
 */
export type TokenProvider = (request: TokenRequest) => string | Promise<string>;

/** The endpoint of a token broker, and what to request from it. */
export interface TokenEndpoint {
  /** An `https:` URL, or an `http:` URL on this machine. In a page it may be relative. */
  url: string | URL;
  /**
   * The headers of each request, such as `async () => ({ authorization: "Bearer " + (await accessToken()) })`. Cookies aren't
   * sent.
   */
  headers?: TokenHeaders | (() => TokenHeaders | Promise<TokenHeaders>) | undefined;
  /** The requested device, if the user may use several. */
  deviceId?: string | undefined;
  /** The requested module of the device. */
  moduleId?: string | undefined;
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
 * Checks the source of a client's tokens.
 *
 * @throws {ArgumentError} `invalid_argument`
 */
export function checkTokenSource(source: unknown): TokenProvider | CheckedEndpoint {
  if (typeof source === "function") return source as TokenProvider;
  if (typeof source === "string" || source instanceof URL) return checkTokenSource({ url: source });
  if (typeof source !== "object" || source === null) {
    throw mustBe("tokenProvider", source, "a function, a URL or an object with a url");
  }
  for (const name of Object.keys(source)) {
    if (!known.includes(name))
      throw invalid(`Unsupported field '${name}' of tokenProvider; the fields are ${known.join(", ")}`);
  }
  const { url, headers, deviceId, moduleId } = source as TokenEndpoint;
  for (const [name, id] of Object.entries({ deviceId, moduleId })) {
    if (id === undefined || (typeof id === "string" && id !== "")) continue;
    throw mustBe(`tokenProvider.${name}`, id, "a non-empty string");
  }
  if (headers !== undefined && typeof headers !== "function" && typeof headers !== "object") {
    throw mustBe("tokenProvider.headers", headers, "an object or a function that returns one");
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

/** Resolves a URL, which may be relative in a page. */
function resolve(url: unknown): string {
  let resolved: URL;
  try {
    // A Request resolves URLs against its page, and rejects passwords in them.
    resolved = new URL(new Request(url as string).url);
  } catch {
    // Not shown: a token may be passed by mistake.
    throw invalid("tokenProvider.url must be a URL without a password, such as https://example.com/token");
  }
  if (isConfidential(resolved)) return resolved.href;
  throw invalid(`tokenProvider.url must be https:, or http: on this machine, got ${resolved.origin}`);
}

function invalid(message: string): ArgumentError {
  return new ArgumentError("invalid_argument", message);
}
