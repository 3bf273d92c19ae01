import { list, text } from "../../schema/schema.ts";
import type { ControlMethods } from "../control-methods.ts";
import type { Operations } from "../operation.ts";

type EventHubs = Pick<ControlMethods, "consumerGroups" | "createConsumerGroup">;

/** Operations on the Event Hub-compatible endpoint. */
export const eventHubOperations: Operations<EventHubs> = {
  consumerGroups: {
    method: "GET",
    path: "/consumer-groups",
    summary: "Lists the consumer groups of the Event Hub-compatible endpoint",
    positional: {},
    options: {},
    answer: list(text()),
  },
  createConsumerGroup: {
    method: "POST",
    path: "/consumer-groups",
    summary: "Adds a consumer group",
    positional: { name: text() },
    options: {},
  },
};
