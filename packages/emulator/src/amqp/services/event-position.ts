import {
  offsetOf,
  sequenceNumberAt,
  type TelemetryPartition,
} from "../../hub/telemetry/telemetry-partition.ts";

/** The place in a partition that a reader begins at. */
export interface EventPosition {
  readonly field: "offset" | "sequenceNumber" | "enqueuedTime";
  readonly value: string;
  /** Whether a message at this place is read, too. */
  readonly isInclusive: boolean;
}

const fields: Readonly<Record<string, EventPosition["field"]>> = {
  offset: "offset",
  "sequence-number": "sequenceNumber",
  "enqueued-time": "enqueuedTime",
  enqueuedtimeutc: "enqueuedTime",
};

const selector = /^\s*amqp\.annotation\.x-opt-([a-z-]+)\s*(>=?)\s*'?([^']*?)'?\s*$/i;

/**
 * Parses a selector filter, such as `amqp.annotation.x-opt-offset > '-1'`. Returns `undefined` for any other.
 *
 * @source The filters of the Event Hubs clients
 */
export function parsePosition(filter: string): EventPosition | undefined {
  const [, name = "", operator, value = ""] = selector.exec(filter) ?? [];
  const field = fields[name.toLowerCase()];
  if (field === undefined || (value !== "@latest" && !/^-?\d{1,19}$/.test(value))) return undefined;
  return { field, value, isInclusive: operator === ">=" };
}

/**
 * Returns the sequence number after which a reader begins. A place behind the last message, such as the checkpoint of a hub
 * that has lost its messages, is the beginning: the reader would otherwise wait for messages that it has never seen.
 */
export function startOf(partition: TelemetryPartition, position: EventPosition | undefined): number {
  if (position === undefined) return -1;
  const { lastEnqueuedSequenceNumber: last } = partition.state();
  if (position.value === "@latest") return last;
  const value = Number(position.value);
  if (position.field === "enqueuedTime") return beforeTime(partition, value, position.isInclusive, last);
  const number = position.field === "offset" ? sequenceNumberAt(position.value) : value;
  const isAt = position.field === "sequenceNumber" || offsetOf(number) === position.value;
  const after = position.isInclusive && isAt ? number - 1 : number;
  return after > last ? -1 : Math.max(after, -1);
}

// The sequence number of the last message before a time.
function beforeTime({ log }: TelemetryPartition, time: number, isInclusive: boolean, last: number): number {
  let after = last;
  for (const [number, { enqueuedAt }] of log.latest()) {
    if (isInclusive ? enqueuedAt < time : enqueuedAt <= time) break;
    after = number - 2;
  }
  return Math.max(after, -1);
}
