import type { Identity } from "../auth/identity.ts";
import type { HubTarget } from "../connection/attempt/hub-locator.ts";
import { ServiceError } from "../errors.ts";
import type { HttpResponse, Runtime, Transit } from "../runtime/runtime.ts";
import { isJsonObject, type JsonObject } from "../util/json.ts";
import { peerText } from "../util/peer-text.ts";
import { retryAfterMs } from "../util/retry-after.ts";
import { fromUtf8, utf8 } from "../util/text.ts";

/** The parts of a client that HTTPS requests to its hub need. */
export interface HubHttpConfig {
  readonly runtime: Runtime;
  readonly userAgent: string;
  /** Locates the hub. @param operation - for messages */
  target(operation: string, signal: AbortSignal): Promise<HubTarget>;
}

const apiVersion = "2021-04-12";
const httpsPort = 443;
const mqttPort = 8883;

/** The HTTPS API of a hub or gateway, with the credentials of a device or module. */
export class HubHttp {
  readonly #config: HubHttpConfig;

  constructor(config: HubHttpConfig) {
    this.#config = config;
  }

  /** Returns the trust and the proxy of this client's connections. */
  async transit(operation: string, signal: AbortSignal): Promise<Transit> {
    return transitOf((await this.#config.target(operation, signal)).endpoint);
  }

  /**
   * Posts JSON.
   *
   * @returns the JSON of the response, undefined if it has none
   * @throws {ServiceError} `service_error` for an error status
   */
  async post(
    operation: string,
    path: (identity: Identity) => string,
    body: unknown,
    signal: AbortSignal,
    headers: Record<string, string> = {},
  ): Promise<unknown> {
    const { runtime, userAgent } = this.#config;
    const { endpoint, credential, identity } = await this.#config.target(operation, signal);
    const pathname = path(identity);
    const token = await credential.password(runtime.clock.now(), signal);
    // A local hub has one port for all protocols.
    const port = endpoint.port === mqttPort ? httpsPort : endpoint.port;
    const host = endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host;
    const response = await runtime.fetch(
      {
        method: "POST",
        url: `${endpoint.secure ? "https" : "http"}://${host}:${port}${pathname}?api-version=${apiVersion}`,
        headers: {
          accept: "application/json",
          "content-type": "application/json; charset=utf-8",
          "user-agent": userAgent.replace(/[^\x20-\x7e]/g, "?"),
          ...(token === undefined ? {} : { authorization: token.password }),
          ...headers,
        },
        body: utf8(JSON.stringify(body)),
        transit: transitOf(endpoint),
      },
      signal,
    );
    if (response.status >= 300) throw errorOf(operation, response);
    return parse(response);
  }
}

function transitOf({ serverVerificationCert, cipher, clientCertificate, proxy }: Transit): Transit {
  return { serverVerificationCert, cipher, clientCertificate, proxy };
}

function parse({ body }: HttpResponse): unknown {
  try {
    return body.length === 0 ? undefined : JSON.parse(fromUtf8(body));
  } catch {
    return undefined;
  }
}

/** The hub writes errors as an object, or as an object in the string `Message`. */
function errorOf(operation: string, response: HttpResponse): ServiceError {
  const { status, headers } = response;
  const outer = parse(response);
  const detail = isJsonObject(outer) ? innerOf(outer) : {};
  const { message = detail["Message"], errorCode, trackingId } = detail;
  return new ServiceError(
    `${operation} was answered with status ${status}${typeof message === "string" ? `: ${peerText(message)}` : ""}`,
    {
      statusCode: status,
      retryAfterMs: retryAfterMs(headers["retry-after"]),
      errorCode: typeof errorCode === "number" ? errorCode : undefined,
      trackingId: typeof trackingId === "string" ? peerText(trackingId) : undefined,
    },
  );
}

function innerOf(outer: JsonObject): JsonObject {
  const { Message: text } = outer;
  if (typeof text !== "string" || !text.startsWith("{")) return outer;
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : outer;
  } catch {
    return outer;
  }
}
