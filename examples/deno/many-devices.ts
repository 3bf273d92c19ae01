// Connects a hundred devices in one process. Each is provisioned through the same enrollment group.
// deno run --allow-net many-devices.ts PROVISIONING_HOST ID_SCOPE GROUP_KEY
import { deriveDeviceKey, IoTHubDeviceClient } from "isohub";

const [provisioningHost = "", idScope = "", groupKey = ""] = Deno.args;
const devices = 100;
const readings = 10;

const clients = await Promise.all(
  Array.from({ length: devices }, async (_, n) => {
    const registrationId = `meter-${n + 1}`;
    return IoTHubDeviceClient.createFromProvisioning({
      provisioningHost,
      idScope,
      registrationId,
      symmetricKey: await deriveDeviceKey(groupKey, registrationId),
    });
  }),
);

await Promise.all(clients.map((client) => client.connect()));
console.log(`${devices} devices connected`);

const start = performance.now();
for (let n = 1; n <= readings; n++) {
  await Promise.all(clients.map((client) => client.sendMessage({ n, kilowattHours: n * 0.25 })));
}
const seconds = (performance.now() - start) / 1000;
const megabytes = Deno.memoryUsage().rss / 1e6;
console.log(
  `${devices * readings} messages acknowledged in ${seconds.toFixed(2)} s, ${megabytes.toFixed(0)} MB resident memory`,
);

await Promise.all(clients.map((client) => client.shutdown()));
