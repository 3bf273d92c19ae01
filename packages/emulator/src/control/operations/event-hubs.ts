import { list, optional, ref, text } from "../../schema/schema.ts";
import { messageSource } from "../components/event-hubs.ts";
import type { ControlMethods } from "../control-methods.ts";
import type { Operations } from "../operation.ts";

type EventHubs = Pick<
  ControlMethods,
  | "consumerGroups"
  | "createConsumerGroup"
  | "createEventHub"
  | "eventHubs"
  | "createMessageRoute"
  | "messageRoutes"
  | "deleteMessageRoute"
>;

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
  eventHubs: {
    method: "GET",
    path: "/event-hubs",
    summary: "Lists the event hubs, the built-in one first",
    positional: {},
    options: {},
    answer: list(ref("EventHub")),
  },
  createEventHub: {
    method: "POST",
    path: "/event-hubs",
    summary: "Adds an event hub that messages can be routed to",
    positional: { name: text() },
    options: {},
    answer: ref("EventHub"),
  },
  messageRoutes: {
    method: "GET",
    path: "/message-routes",
    summary: "Lists the routes to event hubs",
    positional: {},
    options: {},
    answer: list(ref("MessageRoute")),
  },
  createMessageRoute: {
    method: "POST",
    path: "/message-routes",
    summary: "Routes messages of devices, or of the hub, to an event hub",
    positional: { name: text() },
    options: {
      source: messageSource,
      endpoint: text(),
      condition: optional(text(), "true"),
    },
    answer: ref("MessageRoute"),
  },
  deleteMessageRoute: {
    method: "DELETE",
    path: "/message-routes/{name}",
    summary: "Removes a route to an event hub",
    positional: { name: text() },
    options: {},
  },
};
