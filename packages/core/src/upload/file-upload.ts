import type { Identity } from "../auth/identity.ts";
import { ArgumentError, ProtocolError, ServiceError } from "../errors.ts";
import type { HttpResponse, Runtime } from "../runtime/runtime.ts";
import { encodeBase64 } from "../util/base64.ts";
import { isJsonObject } from "../util/json.ts";
import { encodePercent } from "../util/percent.ts";
import { utf8 } from "../util/text.ts";
import { blocksOf } from "./blob-source.ts";
import type { HubHttp } from "./hub-http.ts";

/** Where a file goes; the hub's answer to the wish to upload one. @source Python `StorageInfo` */
export interface StorageInfo {
  /** Names the upload when its end is notified. */
  readonly correlationId: string;
  readonly hostName: string;
  readonly containerName: string;
  /** With the device id in front. */
  readonly blobName: string;
  /** The query that opens the blob for writing. It is a secret. */
  readonly sasToken: string;
}

/** How an upload is getting on. */
export interface UploadProgress {
  /** Bytes that the storage has. */
  readonly uploadedBytes: number;
  /** Bytes that there are; undefined for a stream. */
  readonly totalBytes: number | undefined;
}

/** How an upload went, as the hub is told. */
export interface UploadStatus {
  readonly correlationId: string;
  readonly isSuccess: boolean;
  readonly statusCode: number;
  readonly statusDescription: string;
}

// The service takes blocks of up to 100 MiB and 50,000 of them; this is what the official SDK uses too.
const blockBytes = 4_194_304;
const storageVersion = "2019-12-12";

/** The three steps of a file upload: ask the hub where to, put the blob there, tell the hub how it went. */
export class FileUpload {
  readonly #runtime: Runtime;
  readonly #http: HubHttp;

  constructor(runtime: Runtime, http: HubHttp) {
    this.#runtime = runtime;
    this.#http = http;
  }

  async storageInfo(blobName: unknown, signal: AbortSignal): Promise<StorageInfo> {
    if (typeof blobName !== "string" || blobName === "" || blobName.length > 1024) {
      const is = typeof blobName === "string" ? `${blobName.length} characters long` : typeof blobName;
      throw new ArgumentError(
        "invalid_argument",
        `The blob name must be a text of 1 to 1024 characters, got ${is}`,
      );
    }
    const what = "Asking for a place to upload to";
    const answer = await this.#http.post(what, filesOf, { blobName }, signal);
    if (isStorageInfo(answer)) return answer;
    throw new ProtocolError("protocol_error", "The hub's answer does not say where to upload to");
  }

  async notify(status: UploadStatus, signal: AbortSignal): Promise<void> {
    const what = "Notifying the end of an upload";
    await this.#http.post(what, (identity) => `${filesOf(identity)}/notifications`, status, signal);
  }

  /** Puts a blob block by block, so that no more than one block is in memory. */
  async put(
    info: StorageInfo,
    pieces: AsyncIterable<Uint8Array>,
    totalBytes: number | undefined,
    onProgress: ((progress: UploadProgress) => void) | undefined,
    signal: AbortSignal,
  ): Promise<number> {
    const ids: string[] = [];
    let uploadedBytes = 0;
    for await (const block of blocksOf(pieces, blockBytes)) {
      // Ids of the same length each, as the service asks for.
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
    { hostName, containerName, blobName, sasToken }: StorageInfo,
    query: string,
    body: Uint8Array,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const path = blobName.split("/").map(encodePercent).join("/");
    const response = await this.#runtime.fetch(
      {
        method: "PUT",
        url: `https://${hostName}/${containerName}/${path}?${sasToken.replace(/^\?/, "")}&${query}`,
        headers: { "x-ms-version": storageVersion, "content-length": String(body.length), ...headers },
        body,
        // The storage account is no business of a client certificate.
        transit: { ...(await this.#http.transit("Uploading a file", signal)), clientCertificate: undefined },
        // Storage accounts have publicly trusted certificates, even if the hub or gateway has a private one.
        publicTrust: true,
      },
      signal,
    );
    if (response.status < 300) return response;
    throw new ServiceError(
      `The storage account answered with status ${response.status} ${response.headers["x-ms-error-code"] ?? ""}`.trim(),
      { statusCode: response.status },
    );
  }
}

function filesOf({ deviceId }: Identity): string {
  return `/devices/${encodePercent(deviceId)}/files`;
}

function isStorageInfo(value: unknown): value is StorageInfo {
  if (!isJsonObject(value)) return false;
  const keys = ["correlationId", "hostName", "containerName", "blobName", "sasToken"];
  return keys.every((key) => typeof value[key] === "string");
}
