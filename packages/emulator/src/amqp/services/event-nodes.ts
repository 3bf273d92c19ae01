import type { EventHub } from "../../hub/telemetry/event-hub.ts";
import type { EventsNode } from "../address.ts";
import type { ServiceContext } from "../amqp-context.ts";
import { notFound, unauthorized } from "../amqp-error.ts";
import type { LinkOutcome } from "../rhea/link-handler.ts";
import type { AmqpError, Sender } from "../rhea/rhea.ts";
import { EventLink } from "./event-link.ts";
import { parsePosition, startOf } from "./event-position.ts";

const selectorFilter = "apache.org:selector-filter:string";
const stateCapability = "com.microsoft:enable-receiver-runtime-metric";

/** Opens a link to a partition of an event hub. */
export function openPartition(node: EventsNode, sender: Sender, context: ServiceContext): LinkOutcome {
  const { clock, readers } = context;
  const { consumerGroup, partition: id } = node;
  const eventHub = context.hub.eventHubs.find(node.eventHub);
  if (eventHub === undefined) return notFound(`There is no event hub '${node.eventHub}'.`);
  const path = [...node.eventHub.split("/"), "ConsumerGroups", consumerGroup, "Partitions", id];
  if (!context.claims.grants("ServiceConnect", path)) {
    return unauthorized("Unauthorized: the link needs a token of a policy with ServiceConnect.");
  }
  if (!eventHub.hasConsumerGroup(consumerGroup)) {
    return notFound(`There is no consumer group '${consumerGroup}' of the event hub '${eventHub.name}'.`);
  }
  const partition = eventHub.partition(id);
  if (partition === undefined) return noPartition(eventHub, id);
  const filter = filterOf(sender);
  const position = filter === undefined ? undefined : parsePosition(filter);
  if (filter !== undefined && position === undefined) {
    return { condition: "amqp:invalid-field", description: `The filter isn't supported: ${filter}` };
  }
  const place = [eventHub.name, consumerGroup, id].join("/").toLowerCase();
  const link = new EventLink(sender, {
    partition,
    after: startOf(partition, position),
    epoch: epochOf(sender),
    withState: [sender.desired_capabilities].flat().some((name) => String(name) === stateCapability),
    now: () => clock.now(),
    isCongested: context.isCongested,
    onAppend: (listener) => eventHub.messages.onAppend(listener),
    onClose: (closed) => readers.remove(place, closed),
  });
  const refusal = readers.add(place, link);
  if (refusal === undefined) return link;
  link.onClose();
  return refusal;
}

function noPartition({ messages }: EventHub, id: string): AmqpError {
  const ids = messages.partitions.map((partition) => partition.id).join(", ");
  return {
    condition: "com.microsoft:argument-out-of-range",
    description: `The specified partition is invalid for an EventHub partition sender or receiver. It should be one of ${ids}, got '${id}'.`,
  };
}

function filterOf(sender: Sender): string | undefined {
  const described: unknown = sender.source?.filter?.[selectorFilter];
  if (described === undefined || described === null) return undefined;
  const value = typeof described === "object" && "value" in described ? described.value : described;
  return String(value);
}

// rhea reads a 64-bit integer that no number can hold as bytes.
function epochOf(sender: Sender): number | undefined {
  const epoch: unknown = sender.properties?.["com.microsoft:epoch"];
  if (epoch === undefined || epoch === null) return undefined;
  return Buffer.isBuffer(epoch) ? Number(epoch.readBigInt64BE()) : Number(epoch);
}
