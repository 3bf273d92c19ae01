// Reads cloud-to-device messages one by one, until one says stop.
// deno run --allow-net c2d.ts "HostName=…;DeviceId=…;SharedAccessKey=…"
import { IoTHubDeviceClient } from "@isohub/deno";

const client = IoTHubDeviceClient.createFromConnectionString(Deno.args[0] ?? "");

console.log("waits for messages");
for await (const message of client.messages()) {
  console.log(`“${message.text()}”`, message.customProperties);
  // The hub is told that a message is done when the next one is asked for, or the loop is left. When this program
  // dies in between, the message comes again.
  if (message.text() === "stop") break;
}
await client.shutdown();
