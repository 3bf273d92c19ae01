import { utf8 } from "@isohub/core/internal";
import type { HubEvent } from "../hub/events/events.ts";

// About 5,000 events. What the operating system holds comes on top.
const maxUnreadBytes = 1024 * 1024;

/**
 * Answers with events as server-sent events. A reader that falls behind by more than 1 MiB is cut off, because events
 * must not be lost silently, and must not fill the memory.
 *
 * @param open - begins to record events; the signal ends it
 */
export function eventStream(open: (signal: AbortSignal) => AsyncIterable<HubEvent>): Response {
  const aborted = new AbortController();
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        // A reader waits for the head of the answer, which is sent with the first bytes.
        controller.enqueue(utf8(": listening\n\n"));
        void pump(open(aborted.signal), controller, aborted);
      },
      cancel: () => aborted.abort(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  );
  return new Response(body, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-cache" },
  });
}

/** Queues each event at once, even if the reader falls behind: the size of the queue shows how far. */
async function pump(
  events: AsyncIterable<HubEvent>,
  controller: ReadableStreamDefaultController<Uint8Array>,
  aborted: AbortController,
): Promise<void> {
  for await (const event of events) {
    if (aborted.signal.aborted) return;
    controller.enqueue(utf8(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`));
    if (-(controller.desiredSize ?? 0) <= maxUnreadBytes) continue;
    aborted.abort();
    controller.error(slowReader());
    return;
  }
  if (!aborted.signal.aborted) controller.close();
}

// The HTTP server prints it, which needs no stack.
function slowReader(): Error {
  const message = `a reader of events was cut off: it has left more than ${maxUnreadBytes} bytes unread`;
  return Object.assign(new Error(message), { stack: message });
}
