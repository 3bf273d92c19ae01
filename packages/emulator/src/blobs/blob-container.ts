import { encodeBase64, encodePercent, utf8 } from "@isohub/core/internal";
import { HubError } from "../hub/hub-error.ts";

/** A blob container, opened by a URL with a SAS. */
export interface BlobContainer {
  /** Returns the lines of a blob as they arrive, without empty ones. @throws {HubError} BlobContainerValidationError */
  lines(blobName: string): AsyncIterable<string>;
  /** Writes lines to a blob, in blocks. @throws {HubError} BlobContainerValidationError */
  write(blobName: string, lines: Iterable<string>): Promise<void>;
}

/** Opens the container of a URL. @throws {HubError} ArgumentInvalid if it isn't a URL of a container with a SAS */
export type OpenContainer = (uri: string, signal: AbortSignal) => BlobContainer;

const blockBytes = 4 * 1024 * 1024;
// More than any identity takes. Without a limit, a blob without line ends would fill the memory.
const maxLineChars = 1024 * 1024;
// The time for a request, with its body and its response.
const requestTimeoutMs = 120_000;

/**
 * Opens containers over the REST API of Azure Storage, which Azurite has, too.
 *
 * @param reach - returns the address at which this process reaches a URL: another one for the hub's own blobs
 * @source Azure Storage REST, "Get Blob", "Put Block" and "Put Block List"
 */
export function containersOver(reach: (url: URL) => URL): OpenContainer {
  return (uri, signal) => {
    const container = reach(containerUrl(uri));
    const request = (blobName: string, query: string, init: RequestInit = {}): Promise<Response> => {
      const url = new URL(container);
      url.pathname = `${url.pathname.replace(/\/$/, "")}/${blobName.split("/").map(encodePercent).join("/")}`;
      url.search += query;
      const timeout = AbortSignal.timeout(requestTimeoutMs);
      return send(url, { ...init, signal: AbortSignal.any([signal, timeout]) }, blobName);
    };
    return {
      async *lines(blobName) {
        const { body } = await request(blobName, "");
        if (body !== null) yield* linesOf(body);
      },
      async write(blobName, lines) {
        const ids: string[] = [];
        for (const block of blocksOf(lines)) {
          const id = encodeBase64(utf8(`${ids.length}`.padStart(8, "0")));
          await request(blobName, `&comp=block&blockid=${encodePercent(id)}`, { method: "PUT", body: block });
          ids.push(id);
        }
        const body = `<?xml version="1.0" encoding="utf-8"?><BlockList>${ids
          .map((id) => `<Latest>${id}</Latest>`)
          .join("")}</BlockList>`;
        await request(blobName, "&comp=blocklist", { method: "PUT", body });
      },
    };
  };
}

function containerUrl(uri: string): URL {
  if (URL.canParse(uri)) {
    const url = new URL(uri);
    if (/^https?:$/.test(url.protocol) && url.searchParams.has("sig") && url.pathname.length > 1) return url;
  }
  // Without the value, because it contains a signature.
  throw new HubError(
    "ArgumentInvalid",
    "A container's URI must be a URL with a SAS, such as https://…?sv=…&sig=….",
  );
}

async function send(url: URL, init: RequestInit, blobName: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    const { cause } = error as Error;
    const { code = "no response" } = (cause ?? {}) as { readonly code?: string };
    throw failure(blobName, code);
  }
  if (response.ok) return response;
  await response.body?.cancel();
  throw failure(blobName, response.headers.get("x-ms-error-code") ?? `status ${response.status}`);
}

function failure(blobName: string, reason: string): HubError {
  return new HubError(
    "BlobContainerValidationError",
    `The container's blob '${blobName}' failed: ${reason}.`,
  );
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = "";
  try {
    for (let chunk = await reader.read(); chunk.value !== undefined; chunk = await reader.read()) {
      const lines = (rest + decoder.decode(chunk.value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > maxLineChars) {
        throw new HubError("ArgumentInvalid", `A line must be up to ${maxLineChars} characters long.`);
      }
      yield* lines.map((line) => line.trim()).filter((line) => line !== "");
    }
    if (rest.trim() !== "") yield rest.trim();
  } finally {
    await reader.cancel();
  }
}

function* blocksOf(lines: Iterable<string>): Generator<Uint8Array<ArrayBuffer>> {
  let waiting: string[] = [];
  let size = 0;
  for (const line of lines) {
    waiting.push(line, "\n");
    size += line.length + 1;
    if (size < blockBytes) continue;
    yield utf8(waiting.join(""));
    [waiting, size] = [[], 0];
  }
  if (size > 0) yield utf8(waiting.join(""));
}
