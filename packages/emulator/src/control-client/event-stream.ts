/**
 * Parses server-sent events whose data is JSON.
 *
 * @source HTML Living Standard, "Server-sent events"
 */
export async function* parseEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += decoder.decode(part.value, { stream: true });
      const records = text.split("\n\n");
      text = records.pop() ?? "";
      for (const record of records) {
        const data = /^data: (.*)$/m.exec(record)?.[1];
        // A record without data is a comment.
        if (data !== undefined) yield JSON.parse(data);
      }
    }
  } finally {
    // Ends the request if the caller stops iterating.
    await reader.cancel().catch(() => {});
  }
}
