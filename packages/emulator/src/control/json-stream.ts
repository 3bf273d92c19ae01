import { utf8 } from "@isohub/core/internal";

const charactersPerChunk = 64 * 1024;
// What a reader hasn't read yet may have been deleted from the hub, and stays in memory for it alone.
const maxIdleMs = 60_000;

/**
 * Answers with JSON that is made as the reader takes it, so that a long document needs little memory even if its reader
 * stops reading. A reader that takes nothing for a minute is cut off.
 *
 * @param pieces - of the JSON, in order
 */
export function jsonStream(pieces: Iterator<string>, idleMs: number = maxIdleMs): Response {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hasEnded = false;
  const end = (): void => {
    hasEnded = true;
    clearTimeout(timer);
    pieces.return?.();
  };
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        clearTimeout(timer);
        // A fast reader would keep the hub from doing anything else until the end.
        await new Promise(setImmediate);
        if (hasEnded) return;
        let text = "";
        let next = pieces.next();
        while (next.done !== true) {
          text += next.value;
          if (text.length >= charactersPerChunk) break;
          next = pieces.next();
        }
        if (text !== "") controller.enqueue(utf8(text));
        if (next.done === true) {
          controller.close();
          return;
        }
        timer = setTimeout(() => {
          controller.error(slowReader(idleMs));
          end();
        }, idleMs);
      },
      cancel: end,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  );
  return new Response(body, { headers: { "content-type": "application/json" } });
}

// The HTTP server prints it, which needs no stack.
function slowReader(idleMs: number): Error {
  const message = `a reader of a long answer was cut off: it has read nothing for ${idleMs} ms`;
  return Object.assign(new Error(message), { stack: message });
}
