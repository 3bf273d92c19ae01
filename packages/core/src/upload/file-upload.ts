import type { Identity } from "../auth/identity.ts";
import { type ArgumentError, mustBe, ServiceError } from "../errors.ts";
import type { HttpRequest, HttpResponse, Runtime } from "../runtime/runtime.ts";
import { encodeBase64 } from "../util/base64.ts";
import { withDeadline } from "../util/deadline.ts";
import { peerText } from "../util/peer-text.ts";
import { encodePercent } from "../util/percent.ts";
import { utf8 } from "../util/text.ts";
import { hasDotSegments, pathSegment } from "../util/url-path.ts";
import { blocksOf, untilAborted } from "./blob-source.ts";
import type { HubHttp } from "./hub-http.ts";
import { blobUrl, readStorageInfo, type StorageInfo } from "./storage-info.ts";

/** The progress of an upload. */
export interface UploadProgress {
  /** The number of bytes that the storage has. */
  readonly uploadedBytes: number;
  /** The size of the file in bytes; undefined for a stream. */
  readonly totalBytes: number | undefined;
}

/** The outcome of an upload, as the hub is notified of it. */
export interface UploadStatus {
  readonly correlationId: string;
  readonly isSuccess: boolean;
  readonly statusCode: number;
  readonly statusDescription: string;
}

// The service accepts 50,000 blocks of up to 100 MiB. The official SDK uses this size, too.
const blockBytes = 4_194_304;
/** A request without a byte in either direction for this time fails, on runtimes that notice, in milliseconds. */
const idleTimeoutMs = 60_000;
/** Others can only limit the whole request. A connection that is slower than 64 kbit/s for minutes is as good as none. */
const slowestBytesPerMs = 8;
const storageVersion = "2019-12-12";

/** The three steps of a file upload: request a destination from the hub, store the blob there, notify the hub of the outcome. */
export class FileUpload {
  readonly #runtime: Runtime;
  readonly #http: HubHttp;

  constructor(runtime: Runtime, http: HubHttp) {
    this.#runtime = runtime;
    this.#http = http;
  }

  async storageInfo(blobName: unknown, signal: AbortSignal): Promise<StorageInfo> {
    const request = { blobName: checkBlobName(blobName) };
    return readStorageInfo(
      await this.#http.post("Requesting the destination of an upload", filesOf, request, signal),
    );
  }

  async notify(status: UploadStatus, signal: AbortSignal): Promise<void> {
    const operation = "Notifying the hub of the end of an upload";
    await this.#http.post(operation, (identity) => `${filesOf(identity)}/notifications`, status, signal);
  }

  /** Stores a blob in blocks, so that at most one block is in memory. */
  async put(
    info: StorageInfo,
    pieces: AsyncIterable<Uint8Array>,
    totalBytes: number | undefined,
    onProgress: ((progress: UploadProgress) => void) | undefined,
    signal: AbortSignal,
  ): Promise<number> {
    const ids: string[] = [];
    let uploadedBytes = 0;
    // A source that stalls must not keep an aborted upload from ending.
    for await (const block of blocksOf(untilAborted(pieces, signal), blockBytes)) {
      // The service requires ids of equal length.
      const id = encodeBase64(utf8(String(ids.length).padStart(8, "0")));
      await this.#putBlob(info, `comp=block&blockid=${encodePercent(id)}`, block, {}, signal);
      ids.push(id);
      uploadedBytes += block.length;
      onProgress?.({ uploadedBytes, totalBytes });
    }
    const list = `<?xml version="1.0" encoding="utf-8"?><BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join("")}</BlockList>`;
    const { status } = await this.#putBlob(
      info,
      "comp=blocklist",
      utf8(list),
      { "content-type": "application/xml" },
      signal,
    );
    return status;
  }

  async #putBlob(
    info: StorageInfo,
    query: string,
    body: Uint8Array,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const request: HttpRequest = {
      method: "PUT",
      url: blobUrl(info, query),
      headers: { "x-ms-version": storageVersion, "content-length": String(body.length), ...headers },
      body,
      // A client certificate is for the hub alone.
      transit: { ...(await this.#http.transit("Uploading a file", signal)), clientCertificate: undefined },
      // Storage accounts have publicly trusted certificates, even if the hub or gateway has a private one.
      publicTrust: true,
      idleTimeoutMs,
    };
    const response = await withDeadline(
      this.#runtime.clock,
      "Storing a part of a file",
      { signal },
      idleTimeoutMs + body.length / slowestBytesPerMs,
      (inner) => this.#runtime.fetch(request, inner),
    );
    if (response.status < 300) return response;
    const code = peerText(response.headers["x-ms-error-code"] ?? "");
    throw new ServiceError(`The storage account answered with status ${response.status} ${code}`.trim(), {
      statusCode: response.status,
    });
  }
}

/** @throws {ArgumentError} `invalid_argument` */
function checkBlobName(value: unknown): string {
  const refuse = (rule: string): ArgumentError => mustBe("The blob name", value, rule);
  if (typeof value !== "string" || value === "" || value.length > 1024)
    throw refuse("a string of 1 to 1024 characters");
  if (hasDotSegments(value)) throw refuse("a path without '.' and '..', which URLs can't contain");
  if (/[\ud800-\udfff]/u.test(value)) throw refuse("a string without lone surrogates");
  return value;
}

function filesOf({ deviceId }: Identity): string {
  return `/devices/${pathSegment("The device id", deviceId)}/files`;
}
