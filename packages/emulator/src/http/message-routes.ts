import { type Clock, decodeBase64, isJsonObject, utf8 } from "@isohub/core/internal";
import { Hono } from "hono";
import type { Settlement } from "../hub/deliveries/queued-message.ts";
import type { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";
import { identityKey, topicRoot } from "../hub/identities/identity.ts";
import type { MessageSender } from "../hub/ingestion.ts";
import { maxTelemetryBytes } from "../hub/telemetry/telemetry-message.ts";
import type { AnswerType, ConnectionFaults } from "../mqtt/connection-faults.ts";
import { readBody, readJsonBody } from "./body.ts";
import { headersOf } from "./headers.ts";
import { bagOfHeaders, headersOfMessage } from "./message-properties.ts";
import {
  type DeviceContext,
  type DeviceEnv,
  requireApiVersion,
  requireIdentity,
  segmentsOf,
} from "./requests.ts";

const batchType = "application/vnd.microsoft.iothub.json";

/** Options of {@link messageRoutes}. */
export interface MessageRouteOptions {
  readonly hub: Hub;
  /** For the delays of faults. */
  readonly clock: Clock;
  readonly faults: ConnectionFaults;
}

/** A message of a batch. */
interface BatchMessage {
  readonly bag: string;
  readonly payload: Uint8Array;
}

/**
 * Routes below `/devices/{id}/messages`: sending telemetry, and fetching cloud-to-device messages, which are completed,
 * abandoned or rejected by their lock token.
 *
 * @source The HTTPS transports of the C#, Java and Node SDKs
 */
export function messageRoutes({ hub, clock, faults }: MessageRouteOptions): Hono<DeviceEnv> {
  const app = new Hono<DeviceEnv>();

  const send = async (context: DeviceContext): Promise<Response> => {
    const sender = await authenticate(context);
    const key = identityKey(sender.identity);
    const refusal = faults.refusal(key, topicRoot(sender.identity));
    if (refusal !== undefined) throw new HubError("IotHubQuotaExceeded", refusal);
    const isBatch = context.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() === batchType;
    const messages = isBatch ? await readBatch(context.req.raw) : [await readMessage(context.req.raw)];
    for (const message of messages) {
      const problem = hub.ingestion.accept(sender, { ...message, retain: false, dup: false });
      if (problem !== undefined) throw problem;
    }
    await delayAnswer(key, "puback");
    return context.body(null, 204);
  };
  app.post("/:id/messages/events", send);
  app.post("/:id/modules/:module/messages/events", send);

  // Older clients write `deviceBound`.
  for (const queue of ["devicebound", "deviceBound"]) {
    const settle =
      (settlementOf: (context: DeviceContext) => Settlement) =>
      async (context: DeviceContext): Promise<Response> => {
        const { identity } = await authenticate(context);
        const [, , , , lockToken = ""] = segmentsOf(context);
        hub.c2d.settle(identity.deviceId, lockToken, settlementOf(context));
        await delayAnswer(identity.deviceId, "other");
        return context.body(null, 204);
      };
    app.get(`/:id/messages/${queue}`, async (context) => {
      const { identity } = await authenticate(context);
      await delayAnswer(identity.deviceId, "other");
      const fetched = hub.c2d.fetch(identity.deviceId);
      if (fetched === undefined) return context.body(null, 204);
      return new Response(new Uint8Array(fetched.message.body), { headers: headersOfMessage(fetched) });
    });
    app.delete(
      `/:id/messages/${queue}/:token`,
      settle((context) => (context.req.query("reject") === undefined ? "complete" : "reject")),
    );
    app.post(
      `/:id/messages/${queue}/:token/abandon`,
      settle(() => "abandon"),
    );
  }
  return app;

  /** Delays an answer as a fault demands; indefinitely, if the answer is muted. */
  async function delayAnswer(key: string, type: AnswerType): Promise<void> {
    const verdict = faults.judge(key, type);
    if (verdict === "pass") return;
    await new Promise<void>((resolve) => {
      if (verdict !== "drop") clock.setTimer(resolve, verdict.delayMs);
    });
  }

  async function authenticate(context: DeviceContext): Promise<MessageSender> {
    const [, deviceId = "", part, moduleId = ""] = segmentsOf(context);
    const identity = part === "modules" ? { deviceId, moduleId } : { deviceId };
    requireApiVersion(context);
    const { scope: authScope, type: authType } = await requireIdentity(hub, context, identity);
    const userAgent = context.req.header("user-agent");
    return { identity, clientInfo: { userAgent, authScope, authType } };
  }
}

async function readMessage(request: Request): Promise<BatchMessage> {
  return { bag: bagOfHeaders(headersOf(request)), payload: await readBody(request, maxTelemetryBytes) };
}

/** @throws {HubError} IotHubFormatError; MessageTooLarge if the messages have more than 256 KB together */
async function readBatch(request: Request): Promise<BatchMessage[]> {
  const list = await readJsonBody(request);
  if (!Array.isArray(list)) throw malformed("The body must be a JSON array of messages.");
  const messages = list.map(batchMessage);
  const bytes = messages.reduce((sum, { payload }) => sum + payload.length, 0);
  if (bytes <= maxTelemetryBytes) return messages;
  throw new HubError("MessageTooLarge", `A batch must be up to ${maxTelemetryBytes} bytes, got ${bytes}.`);
}

function batchMessage(message: unknown): BatchMessage {
  const { body, base64Encoded = true, properties } = isJsonObject(message) ? message : {};
  const payload =
    typeof body !== "string" ? undefined : base64Encoded === false ? utf8(body) : decodeBase64(body);
  if (payload === undefined) throw malformed("The body of a message must be a base64 string.");
  const fields = Object.entries(isJsonObject(properties) ? properties : {});
  return { bag: bagOfHeaders(fields.map(([name, value]) => [name, String(value)])), payload };
}

function malformed(message: string): HubError {
  return new HubError("IotHubFormatError", message);
}
