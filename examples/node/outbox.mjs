// Stores readings in a file before it sends them. Stop it, unplug the network, start it again: none is lost.
import { setTimeout as sleep } from "node:timers/promises";
import { IoTHubDeviceClient } from "isohub";
import { createOutbox, fileOutboxStore } from "isohub/outbox";

const outbox = createOutbox({
  store: fileOutboxStore(process.env.OUTBOX_FILE ?? "readings.outbox"),
  timeToLiveMs: 7 * 24 * 3600 * 1000,
  strategyOnFull: "dropOldest",
});
const client = IoTHubDeviceClient.createFromConnectionString(process.env.CONNECTION_STRING ?? "", { outbox });
// Messages that expired or were dropped, and a store that fails.
client.onBackgroundException = (error) => console.error(error.message);

for (let n = 1; n <= 5; n++) {
  // Resolves once the reading is on the disk, with or without a network.
  const { messageId, acknowledged } = await client.enqueue({ n, temperature: 20 + Math.random() * 10 });
  console.log(`accepted reading ${n} as ${messageId}`);
  // Optional: the hub has it, now or after days.
  acknowledged.then(
    () => console.log(`the hub has reading ${n}`),
    (error) => console.log(`reading ${n}: ${error.message}`),
  );
  await sleep(1000);
}
const { depth, oldestAgeMs = 0 } = client.queue ?? {};
console.log(`${depth} readings wait, the oldest for ${oldestAgeMs} ms`);
// Without drain, what the hub hasn't acknowledged waits for the next start.
await client.shutdown({ drain: 5000 });
