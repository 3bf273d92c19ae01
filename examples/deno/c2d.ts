// Reads cloud-to-device messages one at a time until it receives "stop".
// deno run --allow-net c2d.ts "HostName=…;DeviceId=…;SharedAccessKey=…"
import { IoTHubDeviceClient } from "isohub";

const client = IoTHubDeviceClient.createFromConnectionString(Deno.args[0] ?? "");

console.log("waiting for messages");
for await (const message of client.messages()) {
  console.log(`“${message.text()}”`, message.customProperties);
  // A message is acknowledged when the loop requests the next one or ends. If the program crashes before that, the hub
  // delivers the message again.
  if (message.text() === "stop") break;
}
await client.shutdown();
