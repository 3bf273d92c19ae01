import {
  type CheckpointStore,
  EventHubConsumerClient,
  earliestEventPosition,
  type PartitionOwnership,
  type ReceivedEventData,
} from "@azure/event-hubs";
import { type Emulator, startEmulator } from "@isohub/emulator";
import { IoTHubDeviceClient } from "@isohub/node";
import { expect, it } from "vitest";
import { testFolder } from "../files.ts";

const deviceIds = ["a", "b", "c", "d"];

/** A checkpoint store in memory. Like one in blobs, it outlives the hub and the reader. */
class MemoryCheckpoints implements CheckpointStore {
  readonly #checkpoints = new Map<string, Parameters<CheckpointStore["updateCheckpoint"]>[0]>();

  async listOwnership(): Promise<PartitionOwnership[]> {
    return [];
  }

  async claimOwnership(wanted: PartitionOwnership[]): Promise<PartitionOwnership[]> {
    return wanted.map((each) => ({ ...each, etag: crypto.randomUUID(), lastModifiedTimeInMs: Date.now() }));
  }

  async updateCheckpoint(checkpoint: Parameters<CheckpointStore["updateCheckpoint"]>[0]): Promise<void> {
    this.#checkpoints.set(checkpoint.partitionId, checkpoint);
  }

  async listCheckpoints(): Promise<Parameters<CheckpointStore["updateCheckpoint"]>[0][]> {
    return [...this.#checkpoints.values()];
  }
}

async function send(hub: Emulator, bodies: readonly string[]): Promise<void> {
  for (const deviceId of deviceIds) {
    const device = IoTHubDeviceClient.createFromConnectionString(hub.connectionString(deviceId), {
      serverVerificationCert: hub.ca,
    });
    for (const body of bodies) await device.sendMessage({ body: `${deviceId}${body}` });
    await device.shutdown();
  }
}

/** Reads events until `wanted` have arrived, and stores a checkpoint after each. */
async function read(
  hub: Emulator,
  checkpoints: CheckpointStore,
  wanted: number,
): Promise<ReceivedEventData[]> {
  const client = new EventHubConsumerClient("jobs", hub.eventHubConnectionString, checkpoints, {
    // All partitions at once: by default, a reader claims one every ten seconds.
    loadBalancingOptions: { strategy: "greedy", updateIntervalInMs: 100 },
  });
  const events: ReceivedEventData[] = [];
  await new Promise<void>((resolve, reject) => {
    client.subscribe(
      {
        async processEvents(received, context) {
          for (const event of received) {
            events.push(event);
            await context.updateCheckpoint(event);
          }
          if (events.length >= wanted) resolve();
        },
        processError: async (error) => reject(error),
      },
      { startPosition: earliestEventPosition },
    );
  });
  await client.close();
  return events;
}

const bodiesOf = (events: readonly ReceivedEventData[]): unknown[] =>
  events.map(({ body }) => (body as { body: string }).body).sort();

it("a reader with checkpoints continues where it was after a restart of the hub, with rising offsets", async () => {
  const data = testFolder();
  const checkpoints = new MemoryCheckpoints();
  const lastOf = new Map<unknown, number>();
  const before = async (): Promise<unknown[]> => {
    await using hub = await startEmulator({ data, partitions: 3, consumerGroups: ["jobs"] });
    for (const deviceId of deviceIds) await hub.createDevice(deviceId);
    await send(hub, ["1", "2"]);
    const events = await read(hub, checkpoints, 8);
    for (const { partitionKey, offset } of events) lastOf.set(partitionKey, Number(offset));
    return bodiesOf(events);
  };
  expect(await before()).toEqual(["a1", "a2", "b1", "b2", "c1", "c2", "d1", "d2"]);
  // Without the options: the partitions and the consumer group are in the state.
  await using hub = await startEmulator({ data });
  expect(hub.consumerGroups()).toEqual(["$Default", "jobs"]);
  await send(hub, ["3"]);
  const events = await read(hub, checkpoints, 4);
  expect(bodiesOf(events)).toEqual(["a3", "b3", "c3", "d3"]);
  for (const { partitionKey, offset } of events) {
    expect(Number(offset)).toBeGreaterThan(lastOf.get(partitionKey) ?? Number.POSITIVE_INFINITY);
  }
});
