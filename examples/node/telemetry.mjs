// Sends five readings, one per second, each with a property that message routing can query.
import { setTimeout as sleep } from "node:timers/promises";
import { IoTHubDeviceClient, Message } from "isohub";

const client = IoTHubDeviceClient.createFromConnectionString(process.env.CONNECTION_STRING ?? "");

for (let n = 1; n <= 5; n++) {
  const temperature = 20 + Math.random() * 10;
  const message = new Message({ n, temperature });
  message.customProperties["alert"] = String(temperature > 28);
  // Resolves when the hub acknowledges the message. If the connection drops, the client reconnects and resends it.
  await client.sendMessage(message);
  console.log(`sent reading ${n}: ${temperature.toFixed(1)} °C`);
  await sleep(1000);
}
await client.shutdown();
