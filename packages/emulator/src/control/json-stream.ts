import { utf8 } from "@isohub/core/internal";

const charactersPerChunk = 64 * 1024;

/**
 * Answers with a JSON array whose items are encoded as the reader takes them, so that a long list needs little memory even
 * if its reader stops reading.
 */
export function jsonStream(items: Iterator<unknown>): Response {
  let start = "[";
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        let text = "";
        while (text.length < charactersPerChunk) {
          const { done, value } = items.next();
          if (done === true) {
            controller.enqueue(utf8(`${text}${start === "[" ? "[" : ""}]`));
            controller.close();
            return;
          }
          text += start + JSON.stringify(value);
          start = ",";
        }
        controller.enqueue(utf8(text));
      },
      cancel: () => void items.return?.(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  );
  return new Response(body, { headers: { "content-type": "application/json" } });
}
