// A process of `npm run hub-fleet`: connects provisioned devices, each of which sends a message, and keeps them connected. The parent
// asks for another message of each, and ends it.
import { deriveDeviceKey, IoTHubDeviceClient } from "@isohub/node";

const { from, count, provisioningHost, idScope, groupKey, ca, transport, concurrency } = JSON.parse(
  process.argv[2],
);
const clients = [];
const failures = [];
// Errors that clients have recovered from, such as a step that took too long on a busy machine.
let retries = 0;
let done = 0;

await forEach(
  Array.from({ length: count }, (_, at) => `device-${from + at}`),
  connect,
);
process.send({ type: "connected", failures: failures.slice(0, 5), failed: failures.length, retries });
process.on("message", async () => {
  const outcomes = await Promise.allSettled(clients.map((client) => client.sendMessage({ reading: 2 })));
  const failed = outcomes.filter(({ status }) => status === "rejected").length;
  process.send({ type: "sent", failed, rss: process.memoryUsage.rss() });
});

async function connect(registrationId) {
  const client = IoTHubDeviceClient.createFromProvisioning(
    {
      provisioningHost,
      idScope,
      registrationId,
      symmetricKey: await deriveDeviceKey(groupKey, registrationId),
    },
    {
      ...(transport === "tls" ? { serverVerificationCert: ca } : { websockets: true }),
      firstConnectionRetry: true,
      connectStepTimeoutMs: 60_000,
      keepAlive: 300,
    },
  );
  client.onBackgroundException = () => {
    retries++;
  };
  clients.push(client);
  try {
    await client.sendMessage({ reading: 1 });
  } catch (error) {
    failures.push(`${registrationId}: ${error.message}`);
  }
  done++;
  if (done % 250 === 0) process.send({ type: "progress", count: done });
}

/** Runs a function for each item, up to `concurrency` at once. */
async function forEach(items, run) {
  const waiting = items.values();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (const item of waiting) await run(item);
    }),
  );
}
