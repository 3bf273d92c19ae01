import type { EventHub } from "../../hub/telemetry/event-hub.ts";
import { propertiesOf } from "../message-fields.ts";
import type { Reply } from "../rhea/replies.ts";
import { type Message, types } from "../rhea/rhea.ts";

const arrayOfStrings = 0xa1;

/**
 * Returns the reply to a request to `$management`: for the properties of an event hub, or of one of its partitions.
 *
 * @param find - returns the event hub of a name that the requester may read
 * @source The requests of the Event Hubs clients
 */
export function managementReply(message: Message, find: (name: string) => EventHub | undefined): Reply {
  const { operation, type, name, partition } = propertiesOf(message);
  if (operation !== "READ") {
    return { status: 501, description: `operation must be READ, got '${String(operation)}'` };
  }
  const eventHub = find(String(name ?? ""));
  if (eventHub === undefined) return { status: 404, description: `There is no event hub '${String(name)}'.` };
  if (type === "com.microsoft:eventhub") return ok(eventHubBody(eventHub));
  if (type !== "com.microsoft:partition") {
    return {
      status: 400,
      description: `type must be com.microsoft:eventhub or partition, got '${String(type)}'`,
    };
  }
  const body = partitionBody(eventHub, String(partition));
  return body === undefined
    ? { status: 404, description: `There is no partition '${String(partition)}'.` }
    : ok(body);
}

function ok(body: object): Reply {
  return { status: 200, description: "OK", body: types.wrap_map(body) };
}

function eventHubBody({ name, createdAt, messages }: EventHub): object {
  const ids = messages.partitions.map(({ id }) => id);
  return {
    name,
    type: "com.microsoft:eventhub",
    created_at: types.wrap_timestamp(createdAt),
    partition_count: types.wrap_int(ids.length),
    partition_ids: types.wrap_array(ids, arrayOfStrings, undefined),
    georeplication_factor: types.wrap_int(1),
  };
}

function partitionBody(eventHub: EventHub, id: string): object | undefined {
  const state = eventHub.partition(id)?.state();
  if (state === undefined) return undefined;
  return {
    name: eventHub.name,
    type: "com.microsoft:partition",
    partition: id,
    begin_sequence_number: types.wrap_long(state.beginningSequenceNumber),
    last_enqueued_sequence_number: types.wrap_long(state.lastEnqueuedSequenceNumber),
    last_enqueued_offset: state.lastEnqueuedOffset,
    last_enqueued_time_utc: types.wrap_timestamp(state.lastEnqueuedAt),
    is_partition_empty: state.isEmpty,
  };
}
