import { ArgumentError, mustBe } from "../errors.ts";
import type { OwnedBytes } from "../util/owned-bytes.ts";
import { utf8 } from "../util/text.ts";

/** The content of a file to upload. Streams are read while they are sent, so they may be larger than the memory. */
export type UploadData = Uint8Array | string | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** Returns the bytes of a file in pieces of any size. @throws {ArgumentError} `invalid_argument` */
export function piecesOf(data: unknown): AsyncIterable<Uint8Array> {
  if (typeof data === "string") return once(utf8(data));
  if (data instanceof Uint8Array) return once(data);
  if (data instanceof Blob) return readAll(data.stream());
  if (data instanceof ReadableStream) return readAll(data);
  if (typeof data === "object" && data !== null && Symbol.asyncIterator in data) {
    return data as AsyncIterable<Uint8Array>;
  }
  throw mustBe("The data to upload", data, "bytes, a string, a Blob or a stream of bytes");
}

/** Returns the number of bytes, if it is known beforehand. */
export function sizeOf(data: UploadData): number | undefined {
  if (typeof data === "string") return utf8(data).length;
  if (data instanceof Uint8Array) return data.length;
  return data instanceof Blob ? data.size : undefined;
}

/** Yields pieces until the signal is aborted, which throws its reason without waiting for the source. */
export async function* untilAborted(
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  let isOver: boolean | undefined = false;
  try {
    for (;;) {
      const next = await unlessAborted(iterator.next(), signal);
      isOver = next.done;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Not awaited: the end of a generator waits for its pending piece.
    if (!isOver) iterator.return?.().catch(() => {});
  }
}

// A listener for each piece: a race with one promise for all would keep every piece in memory.
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => {};
  try {
    return await new Promise<T>((resolve, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort);
      if (signal.aborted) onAbort();
      work.then(resolve, reject);
    });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Regroups pieces into blocks of the same size, the last one shorter. Each block is in the same memory as the one before:
 * use it before asking for the next.
 */
export async function* blocksOf(pieces: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<OwnedBytes> {
  const block = new Uint8Array(size);
  let filled = 0;
  for await (const piece of pieces) {
    if (!(piece instanceof Uint8Array)) {
      throw new ArgumentError(
        "invalid_argument",
        `A stream to upload must consist of bytes, got ${typeof piece}`,
      );
    }
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + size - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled === size) {
        yield block;
        filled = 0;
      }
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

// Not every runtime can iterate a ReadableStream.
async function* readAll(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => {});
  }
}
