import { ProtocolError } from "../errors.ts";
import { isJsonObject, isUnicode } from "../util/json.ts";
import { encodePercent } from "../util/percent.ts";
import { hasDotSegments } from "../util/url-path.ts";

/** The destination of a file, as the hub names it. @source Python `StorageInfo` */
export interface StorageInfo {
  /** Identifies the upload when the hub is notified of its end. */
  readonly correlationId: string;
  readonly hostName: string;
  readonly containerName: string;
  /** With the device id in front. */
  readonly blobName: string;
  /** The query that grants write access to the blob. It is a secret. */
  readonly sasToken: string;
}

/** The rule for each field. All of them become part of a URL, except the first. */
const fields: Record<keyof StorageInfo, (value: string) => boolean> = {
  correlationId: (value) => value !== "",
  hostName: (value) => /^(\[[\dA-Fa-f:.]+\]|[A-Za-z\d]([\w.-]*[A-Za-z\d])?)(:\d{1,5})?$/.test(value),
  containerName: (value) => /^[$\w-]{1,63}$/.test(value),
  blobName: (value) => value !== "" && isUnicode(value) && !hasDotSegments(value),
  // A query in printable ASCII, without a fragment.
  sasToken: (value) => /^\??[\x21\x22\x24-\x7e]+$/.test(value),
};

/**
 * Reads the hub's response to a request for an upload.
 *
 * @throws {ProtocolError} `protocol_error`, which names the field and doesn't show its value
 */
export function readStorageInfo(response: unknown): StorageInfo {
  const info = isJsonObject(response) ? response : {};
  for (const [name, isValid] of Object.entries(fields)) {
    const value = info[name];
    if (typeof value === "string" && isValid(value)) continue;
    throw new ProtocolError(
      "protocol_error",
      `The hub's response to an upload request has no valid '${name}'`,
    );
  }
  return info as unknown as StorageInfo;
}

/** Returns the URL of a blob, which contains its signature. @param query - further parameters */
export function blobUrl({ hostName, containerName, blobName, sasToken }: StorageInfo, query: string): string {
  const path = blobName.split("/").map(encodePercent).join("/");
  return `https://${hostName}/${containerName}/${path}?${sasToken.replace(/^\?/, "")}&${query}`;
}
