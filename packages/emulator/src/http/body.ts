import type { JsonObject } from "@isohub/core";
import { isJsonObject } from "@isohub/core/internal";
import { HubError } from "../hub/hub-error.ts";
import { parseJson } from "../hub/json.ts";

// Four times the largest message of a device.
const maxJsonBytes = 1024 * 1024;

/**
 * Reads the body of a request, up to a size that applies before anything is kept.
 *
 * @throws {HubError} MessageTooLarge
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const length = Number(request.headers.get("content-length") ?? 0);
  if (length > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  for (let chunk = await reader?.read(); chunk?.value !== undefined; chunk = await reader?.read()) {
    size += chunk.value.length;
    if (size > maxBytes) {
      await reader?.cancel();
      throw tooLarge(maxBytes);
    }
    chunks.push(chunk.value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/**
 * Reads the body of a request as JSON. Returns `undefined` if it isn't JSON.
 *
 * @throws {HubError} MessageTooLarge over 1 MiB
 */
export async function readJsonBody(request: Request): Promise<unknown> {
  const bytes = await readBody(request, maxJsonBytes);
  try {
    return parseJson(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Reads the body of a request as a JSON object.
 *
 * @throws {HubError} IotHubFormatError; MessageTooLarge over 1 MiB
 */
export async function readObjectBody(request: Request): Promise<JsonObject> {
  return requireObject(await readJsonBody(request));
}

/** Returns a body if it is a JSON object. @throws {HubError} IotHubFormatError */
export function requireObject(body: unknown): JsonObject {
  if (isJsonObject(body)) return body;
  throw new HubError("IotHubFormatError", "The body must be a JSON object.");
}

function tooLarge(maxBytes: number): HubError {
  return new HubError("MessageTooLarge", `The body must be up to ${maxBytes} bytes.`);
}
