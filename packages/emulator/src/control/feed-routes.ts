import { encodeBase64, fromUtf8 } from "@isohub/core/internal";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { Emulator } from "../api/emulator.ts";
import { HubError } from "../hub/hub-error.ts";
import type { Identity } from "../hub/identity.ts";
import type { TelemetryMessage } from "../hub/telemetry.ts";

/** A message as the control API writes it. */
type TelemetryJson = Omit<TelemetryMessage, "body"> & {
  readonly body: string;
  readonly bodyEncoding: "utf-8" | "base64";
};

/** What is read: telemetry, sessions, feedback, and the event feed. */
export function feedRoutes(emulator: Emulator): Hono {
  const app = new Hono();
  app.get("/telemetry", async (context) => {
    const query = context.req.query();
    const after = whole(query, "after", 0);
    const waitMs = whole(query, "waitMs", 0);
    const count = whole(query, "count", 1);
    const { encoding } = query;
    const isFrom = sender(query);
    if (encoding !== undefined && encoding !== "base64")
      throw invalid("encoding must be base64, or be left out");
    const wanted = (message: TelemetryMessage): boolean => message.sequenceNumber > after && isFrom(message);
    // What came in time is the answer, whether it is enough or not.
    if (waitMs > 0) await emulator.waitForTelemetry(wanted, { count, timeoutMs: waitMs }).catch(() => {});
    return context.json(
      emulator
        .telemetry()
        .filter(wanted)
        .map((message) => telemetryJson(message, encoding)),
    );
  });
  app.get("/sessions", (context) => context.json(emulator.sessions()));
  app.get("/feedback", (context) => context.json(emulator.feedback()));
  app.get("/events", (context) => {
    const isFrom = sender(context.req.query());
    return streamSSE(context, async (stream) => {
      const aborted = new AbortController();
      stream.onAbort(() => aborted.abort());
      const events = emulator.events({ signal: aborted.signal });
      // The head of the answer goes out with the first bytes, and a reader waits for it.
      await stream.write(": listening\n\n");
      for await (const event of events) {
        if (!isFrom(event)) continue;
        await stream.writeSSE({ event: event.type, data: JSON.stringify(event) });
      }
    });
  });
  return app;
}

/** Whether something is of the device, and the module, that the query names. */
function sender({ deviceId, moduleId }: Record<string, string>): (identity: Identity) => boolean {
  return (identity) =>
    (deviceId === undefined || identity.deviceId === deviceId) &&
    (moduleId === undefined || identity.moduleId === moduleId);
}

function telemetryJson(message: TelemetryMessage, encoding: string | undefined): TelemetryJson {
  const text = encoding === "base64" ? undefined : textOf(message.body);
  if (text !== undefined) return { ...message, body: text, bodyEncoding: "utf-8" };
  return { ...message, body: encodeBase64(message.body), bodyEncoding: "base64" };
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return fromUtf8(bytes);
  } catch {
    return undefined;
  }
}

function whole(query: Record<string, string>, name: string, otherwise: number): number {
  const text = query[name];
  if (text === undefined) return otherwise;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalid(`${name} must be a whole number, got '${text}'`);
}

function invalid(rule: string): HubError {
  return new HubError("ArgumentInvalid", `The request is not valid: ${rule}.`);
}
