import type { SigningMechanism } from "../auth/sas-token.ts";
import { ConnectionFailedError, mustBe, ProtocolError, ServiceError } from "../errors.ts";
import type { HttpResponse, Runtime } from "../runtime/runtime.ts";
import { encodeBase64 } from "../util/base64.ts";
import { setDeadline } from "../util/deadline.ts";
import { isJsonObject, type JsonObject } from "../util/json.ts";
import { peerText } from "../util/peer-text.ts";
import { encodePercent } from "../util/percent.ts";
import { fromUtf8, utf8 } from "../util/text.ts";
import { pathSegment } from "../util/url-path.ts";

/** The address of the workload API of an IoT Edge device, and the module that uses it. */
export interface WorkloadConfig {
  readonly runtime: Runtime;
  /** `unix:///path/of/socket` or `http://host:port` */
  readonly uri: string;
  readonly apiVersion: string;
  readonly moduleId: string;
  readonly generationId: string;
}

/** The prefix of the URLs of requests, and their header `host`. */
interface WorkloadAddress {
  readonly prefix: string;
  readonly host: string;
}

const requestTimeoutMs = 10_000;
/** A HMAC-SHA256 has 44 characters of base64. */
const base64 = /^[A-Za-z0-9+/]{1,1024}={0,2}$/;

/**
 * A client of the security daemon of an IoT Edge device, which has the keys and signs for modules.
 *
 * @source IoT Edge workload API
 */
export class WorkloadClient implements SigningMechanism {
  readonly #config: WorkloadConfig;
  readonly #address: WorkloadAddress;

  /** @throws {ArgumentError} `invalid_argument` for another URI */
  constructor(config: WorkloadConfig) {
    this.#config = config;
    this.#address = readAddress(config.uri);
  }

  /** Returns the certificates that the gateway's certificate leads to, as PEM text. */
  async trustBundle(): Promise<string> {
    return this.#request("certificate", "GET", "/trust-bundle");
  }

  async sign(data: string): Promise<string> {
    const { moduleId, generationId } = this.#config;
    const path = `/modules/${pathSegment("The module id", moduleId)}/genid/${pathSegment("The generation id", generationId)}/sign`;
    const digest = await this.#request("digest", "POST", path, {
      keyId: "primary",
      algo: "HMACSHA256",
      data: encodeBase64(utf8(data)),
    });
    if (base64.test(digest)) return digest;
    throw new ProtocolError("protocol_error", "The workload API sent a digest that isn't base64");
  }

  async #request(field: string, method: "GET" | "POST", path: string, body?: object): Promise<string> {
    const { runtime, uri, apiVersion } = this.#config;
    const { prefix, host } = this.#address;
    const abort = new AbortController();
    const timer = setDeadline(runtime.clock, requestTimeoutMs, () =>
      abort.abort(
        new ConnectionFailedError(
          "connect_failed",
          `The workload API at ${uri} did not answer within ${requestTimeoutMs} ms`,
        ),
      ),
    );
    let response: HttpResponse;
    try {
      response = await runtime.fetch(
        {
          method,
          url: `${prefix}${path}?api-version=${encodePercent(apiVersion)}`,
          headers: {
            host,
            accept: "application/json",
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          body: body === undefined ? undefined : utf8(JSON.stringify(body)),
          transit: {
            serverVerificationCert: undefined,
            cipher: undefined,
            clientCertificate: undefined,
            proxy: undefined,
          },
        },
        abort.signal,
      );
    } finally {
      timer.cancel();
    }
    const { [field]: value, message } = parse(response);
    const summary = `The workload API answered ${method} ${path} with status ${response.status}`;
    if (response.status >= 300) {
      const detail = typeof message === "string" ? `: ${peerText(message)}` : "";
      // Whatever the status, the daemon may be restarting.
      throw new ServiceError(summary + detail, { statusCode: response.status, retryable: true });
    }
    if (typeof value === "string") return value;
    throw new ProtocolError("protocol_error", `${summary} and no '${field}'`);
  }
}

function readAddress(uri: string): WorkloadAddress {
  const socket = /^unix:\/\/(.+?)\/?$/.exec(uri)?.[1];
  if (socket !== undefined) return { prefix: `unix:${socket}:`, host: "localhost" };
  try {
    const { protocol, host, username, password } = new URL(uri);
    if (/^https?:$/.test(protocol) && `${username}${password}` === "")
      return { prefix: uri.replace(/\/$/, ""), host };
  } catch {
    // Reported below.
  }
  throw mustBe("IOTEDGE_WORKLOADURI", uri, "unix:///path or http://host:port");
}

/** The object in a response; empty if there is none. */
function parse({ body }: HttpResponse): JsonObject {
  try {
    const value: unknown = JSON.parse(fromUtf8(body));
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
