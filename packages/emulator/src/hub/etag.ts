import { encodeBase64 } from "@isohub/core/internal";
import { HubError } from "./hub-error.ts";

/** A condition of a write on the etag of what it changes: any (`*`), or one of a list. */
export type EtagCondition = "*" | readonly string[];

/** Creates an etag: base64, without the quotes that headers put around it. */
export function newEtag(): string {
  return encodeBase64(crypto.getRandomValues(new Uint8Array(8)));
}

/**
 * Reads the header `If-Match`. Clients send the etag with quotes, without, quoted twice, or as a weak one; `*` with and
 * without quotes. An empty header sets no condition.
 */
export function parseEtagCondition(header: string | null | undefined): EtagCondition | undefined {
  const etags = (header ?? "")
    .split(",")
    .map((etag) => etag.trim().replace(/^W\//i, "").replaceAll('"', ""))
    .filter((etag) => etag !== "");
  if (etags.includes("*")) return "*";
  return etags.length === 0 ? undefined : etags;
}

/**
 * Checks the condition of a write.
 *
 * @param name - has the etag; for the message
 * @throws {HubError} PreconditionFailed
 */
export function requireEtag(condition: EtagCondition | undefined, etag: string, name: string): void {
  if (condition === undefined || condition === "*" || condition.includes(etag)) return;
  throw new HubError(
    "PreconditionFailed",
    `If-Match must be the etag of ${name}, "${etag}", got "${condition.join('", "')}".`,
  );
}
