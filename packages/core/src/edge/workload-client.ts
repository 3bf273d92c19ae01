import type { SigningMechanism } from "../auth/sas-token.ts";
import { ConnectionFailedError, ServiceError } from "../errors.ts";
import type { HttpResponse, Runtime } from "../runtime/runtime.ts";
import { encodeBase64 } from "../util/base64.ts";
import { setDeadline } from "../util/deadline.ts";
import { isJsonObject } from "../util/json.ts";
import { encodePercent } from "../util/percent.ts";
import { fromUtf8, utf8 } from "../util/text.ts";

/** Where the workload API of an IoT Edge device is, and for which module it is asked. */
export interface WorkloadConfig {
  readonly runtime: Runtime;
  /** `unix:///path/of/socket` or `http://host:port` */
  readonly uri: string;
  readonly apiVersion: string;
  readonly moduleId: string;
  readonly generationId: string;
}

const requestTimeoutMs = 10_000;

/** The security daemon of an IoT Edge device: it has the keys, a module asks it to sign. @source IoT Edge workload API */
export class WorkloadClient implements SigningMechanism {
  readonly #config: WorkloadConfig;

  constructor(config: WorkloadConfig) {
    this.#config = config;
  }

  /** The certificates that the gateway's certificate leads to, as PEM text. */
  async trustBundle(): Promise<string> {
    return this.#ask("certificate", "GET", "/trust-bundle");
  }

  async sign(data: string): Promise<string> {
    const { moduleId, generationId } = this.#config;
    const path = `/modules/${encodePercent(moduleId)}/genid/${encodePercent(generationId)}/sign`;
    return this.#ask("digest", "POST", path, {
      keyId: "primary",
      algo: "HMACSHA256",
      data: encodeBase64(utf8(data)),
    });
  }

  async #ask(field: string, method: "GET" | "POST", path: string, body?: object): Promise<string> {
    const { runtime, uri, apiVersion } = this.#config;
    const query = `${path}?api-version=${encodePercent(apiVersion)}`;
    const socket = /^unix:\/\/(.*?)\/?$/.exec(uri)?.[1];
    const url = socket === undefined ? `${uri.replace(/\/$/, "")}${query}` : `unix:${socket}:${query}`;
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
          url,
          headers: {
            host: socket === undefined ? new URL(uri).host : "localhost",
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
    const answer = parse(response);
    const value = isJsonObject(answer) ? answer[field] : undefined;
    if (response.status < 300 && typeof value === "string") return value;
    const said =
      isJsonObject(answer) && typeof answer["message"] === "string" ? `: ${answer["message"]}` : "";
    throw new ServiceError(
      `The workload API answered ${method} ${path} with status ${response.status}${said}`,
      {
        statusCode: response.status,
      },
    );
  }
}

function parse({ body }: HttpResponse): unknown {
  try {
    return JSON.parse(fromUtf8(body));
  } catch {
    return undefined;
  }
}
