// Reads cloud-to-device messages one by one, until one says stop.
import { IoTHubDeviceClient } from "@isohub/browser";
import { connectionStringOf } from "./hub.js";
import { log } from "./log.js";

const client = IoTHubDeviceClient.createFromConnectionString(await connectionStringOf("page-c2d"));

log("waits for messages");
for await (const message of client.messages()) {
  log(`“${message.text()}”`, message.customProperties);
  // The hub is told that a message is done when the next one is asked for, or the loop is left. When this page
  // is closed in between, the message comes again.
  if (message.text() === "stop") break;
}
await client.shutdown();
log("done");
