// Reads cloud-to-device messages one at a time until it receives "stop".
import { IoTHubDeviceClient } from "@isohub/browser";
import { connectionStringOf, sendMessage, showCurl } from "./hub.js";
import { log, onSubmit } from "./log.js";

const client = IoTHubDeviceClient.createFromConnectionString(await connectionStringOf("page-c2d"));

showCurl("POST", "/devices/page-c2d/c2d", { body: "hello" });
// A cloud service does this.
onSubmit("send", (values) => sendMessage("page-c2d", String(values.get("text"))));

log("waiting for messages");
for await (const message of client.messages()) {
  log(`“${message.text()}”`, message.customProperties);
  // A message is acknowledged when the loop requests the next one or ends. If the page closes before that, the hub
  // delivers the message again.
  if (message.text() === "stop") break;
}
await client.shutdown();
log("done");
