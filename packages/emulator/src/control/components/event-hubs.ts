import type { EventHubInfo } from "../../api/event-hubs.ts";
import type { MessageRoute } from "../../hub/telemetry/message-router.ts";
import { choice, type Field, object, text } from "../../schema/schema.ts";

const string: Field<false> = text();

/** The kinds of message that routes select. */
export const messageSource: Field<false> = choice(
  "DeviceMessages",
  "TwinChangeEvents",
  "DeviceLifecycleEvents",
  "DeviceConnectionStateEvents",
);

/** Schemas of event hubs and message routes. */
export const eventHubComponents: Readonly<Record<string, Field<false>>> = {
  EventHub: object<EventHubInfo>({ name: string, connectionString: string }),
  MessageRoute: object<MessageRoute>({
    name: string,
    source: messageSource,
    endpoint: string,
    condition: string,
  }),
};
