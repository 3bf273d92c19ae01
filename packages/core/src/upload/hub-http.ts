import type { Identity } from "../auth/identity.ts";
import type { HubTarget } from "../connection/hub-locator.ts";
import { ServiceError } from "../errors.ts";
import type { HttpResponse, Runtime, Transit } from "../runtime/runtime.ts";
import { isJsonObject, type JsonObject } from "../util/json.ts";
import { fromUtf8, utf8 } from "../util/text.ts";

/** What the hub's HTTPS side needs of a client. */
export interface HubHttpConfig {
  readonly runtime: Runtime;
  readonly userAgent: string;
  /** The hub, and as whom it is asked. */
  target(what: string, signal: AbortSignal): Promise<HubTarget>;
}

const apiVersion = "2021-04-12";
const httpsPort = 443;
const mqttPort = 8883;

/** The HTTPS side of a hub or gateway, with a device's own credentials. */
export class HubHttp {
  readonly #config: HubHttpConfig;

  constructor(config: HubHttpConfig) {
    this.#config = config;
  }

  /** How anything of this client is reached and trusted. */
  async transit(what: string, signal: AbortSignal): Promise<Transit> {
    return transitOf((await this.#config.target(what, signal)).endpoint);
  }

  /**
   * Posts JSON and reads the JSON of the answer.
   *
   * @throws {ServiceError} the answer has an error status
   */
  async post(
    what: string,
    path: (identity: Identity) => string,
    body: unknown,
    signal: AbortSignal,
    headers: Record<string, string> = {},
  ): Promise<unknown> {
    const { runtime, userAgent } = this.#config;
    const { endpoint, credential, identity } = await this.#config.target(what, signal);
    const token = await credential.password(runtime.clock.now(), signal);
    // A local hub has everything on one port; the hub itself has HTTPS where HTTPS is.
    const port = endpoint.port === mqttPort ? httpsPort : endpoint.port;
    const host = endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host;
    const response = await runtime.fetch(
      {
        method: "POST",
        url: `${endpoint.secure ? "https" : "http"}://${host}:${port}${path(identity)}?api-version=${apiVersion}`,
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
    if (response.status >= 300) throw refusal(what, response);
    return parse(response);
  }
}

function transitOf({ serverVerificationCert, cipher, clientCertificate, proxy }: Transit): Transit {
  return { serverVerificationCert, cipher, clientCertificate, proxy };
}

/** The JSON of an answer; `undefined` when it has none. */
function parse({ body }: HttpResponse): unknown {
  try {
    return body.length === 0 ? undefined : JSON.parse(fromUtf8(body));
  } catch {
    return undefined;
  }
}

/** The hub writes errors as an object, or as one inside a text inside `Message`. */
function refusal(what: string, response: HttpResponse): ServiceError {
  const { status, headers } = response;
  const outer = parse(response);
  const detail = isJsonObject(outer) ? inner(outer) : {};
  const message = detail["message"] ?? detail["Message"];
  const retryAfter = Number(headers["retry-after"]);
  return new ServiceError(
    `${what} was answered with status ${status}${typeof message === "string" ? `: ${message}` : ""}`,
    {
      statusCode: status,
      retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined,
      errorCode: typeof detail["errorCode"] === "number" ? detail["errorCode"] : undefined,
      trackingId: typeof detail["trackingId"] === "string" ? detail["trackingId"] : undefined,
    },
  );
}

function inner(outer: JsonObject): JsonObject {
  const { Message: text } = outer;
  if (typeof text !== "string" || !text.startsWith("{")) return outer;
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : outer;
  } catch {
    return outer;
  }
}
