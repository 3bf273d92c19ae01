// Reads the events of a hub with the official Event Hubs client, and writes the outcome of each step.
import { readFileSync } from "node:fs";
import { EventHubConsumerClient, earliestEventPosition, latestEventPosition } from "@azure/event-hubs";

const { connectionString, consumerGroup, count, deviceId } = JSON.parse(readFileSync(0, "utf8"));
const options = { retryOptions: { maxRetries: 0, timeoutInMs: 20_000 } };
const client = new EventHubConsumerClient(consumerGroup, connectionString, options);

/** Resolves with `wanted` events of all partitions, or of one. */
function read(wanted, options, partitionId) {
  const events = [];
  return new Promise((resolve, reject) => {
    const handlers = {
      async processEvents(received, { lastEnqueuedEventProperties }) {
        for (const event of received) events.push({ ...event, last: lastEnqueuedEventProperties });
        if (events.length >= wanted) subscription.close().then(() => resolve(events), reject);
      },
      processError: async (error) => reject(error),
    };
    const subscription =
      partitionId === undefined
        ? client.subscribe(handlers, options)
        : client.subscribe(partitionId, handlers, options);
  });
}

const properties = await client.getEventHubProperties();
const all = await read(count, { startPosition: earliestEventPosition });
const ours = all.filter((event) => event.systemProperties["iothub-connection-device-id"] === deviceId);
const [first, second, third] = ours;
let partitionId;
let partition;
for (const id of properties.partitionIds) {
  const state = await client.getPartitionProperties(id);
  if (state.lastEnqueuedSequenceNumber >= ours.length - 1 && !state.isEmpty) {
    const [oldest] = await read(1, { startPosition: earliestEventPosition }, id);
    if (oldest.systemProperties["iothub-connection-device-id"] !== deviceId) continue;
    partitionId = id;
    partition = state;
  }
}
const bodies = (events) => events.map(({ body }) => body);
const from = async (startPosition, wanted) =>
  bodies(await read(wanted, { startPosition, trackLastEnqueuedEventProperties: true }, partitionId));
const rest = ours.length - 1;
const positions = {
  afterNumber: await from({ sequenceNumber: first.sequenceNumber }, rest),
  atNumber: await from({ sequenceNumber: second.sequenceNumber, isInclusive: true }, rest),
  afterOffset: await from({ offset: second.offset }, rest - 1),
  atOffset: await from({ offset: third.offset, isInclusive: true }, rest - 1),
  byTime: (await from({ enqueuedOn: first.enqueuedTimeUtc.getTime() - 1 }, rest + 1)).length,
  behindTheEnd: (await from({ sequenceNumber: 1_000_000 }, rest + 1)).length,
};
const [withState] = await read(
  1,
  { startPosition: earliestEventPosition, trackLastEnqueuedEventProperties: true },
  partitionId,
);

/** Two readers that both want to own a partition: the second one takes it from the first. */
async function epochs() {
  const rival = new EventHubConsumerClient(consumerGroup, connectionString, options);
  const stolen = new Promise((resolve) => {
    const first = rival.subscribe(
      partitionId,
      {
        processEvents: async () => {},
        processError: async ({ code }) => first.close().then(() => resolve(code)),
      },
      { ownerLevel: 1, startPosition: latestEventPosition },
    );
  });
  // Its link is attached when the answer is there: both use one connection.
  await rival.getPartitionProperties(partitionId);
  const owned = await read(1, { ownerLevel: 2, startPosition: earliestEventPosition }, partitionId);
  const outcome = { stolen: await stolen, owned: owned.length > 0 };
  await rival.close();
  return outcome;
}

const owners = await epochs();
const unknown = await read(1, {}, "9").catch(({ code }) => code);
await client.close();
const outcome = {
  properties,
  partition,
  first,
  bodies: bodies(ours),
  positions,
  last: withState.last,
  owners,
  unknown,
};
process.stdout.write(
  JSON.stringify([outcome], (_key, value) => (value instanceof Uint8Array ? undefined : value)),
);
