import { ProtocolError } from "../errors.ts";
import type { OwnedBytes } from "../util/owned-bytes.ts";

/**
 * The longest body of a response that is read, in bytes. The largest is that of a direct method, of 128 KiB, called through a
 * gateway.
 */
export const longestResponseBody = 1_048_576;

/** Reads the body of a response of `fetch`. @throws {ProtocolError} as {@link ResponseBody.add} */
export async function readResponseBody({ body }: Response, peer: string): Promise<OwnedBytes> {
  const received = new ResponseBody(peer);
  if (body === null) return received.bytes();
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) received.add(part.value);
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw error;
  }
  return received.bytes();
}

/** Collects the body of a response, up to a limit. */
export class ResponseBody {
  readonly #peer: string;
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** @param peer - for the message of the error */
  constructor(peer: string) {
    this.#peer = peer;
  }

  /** @throws {ProtocolError} `protocol_error` if the body is longer than {@link longestResponseBody} */
  add(part: Uint8Array): void {
    this.#length += part.length;
    if (this.#length > longestResponseBody) {
      this.#parts.length = 0;
      throw new ProtocolError(
        "protocol_error",
        `The response of ${this.#peer} must have at most ${longestResponseBody} bytes, got more`,
      );
    }
    this.#parts.push(part);
  }

  bytes(): OwnedBytes {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}
