// Sends five readings, one per second, each with a property that message routing can query; then those that you enter.
import { IoTHubDeviceClient, Message } from "@isohub/browser";
import { connectionStringOf, showCurl } from "./hub.js";
import { log, onSubmit } from "./log.js";

const client = IoTHubDeviceClient.createFromConnectionString(await connectionStringOf("page-telemetry"));
let n = 0;

/** @param {number} temperature */
async function send(temperature) {
  n += 1;
  const message = new Message({ n, temperature });
  message.customProperties["alert"] = String(temperature > 28);
  // Resolves when the hub acknowledges the message. If the connection drops, the client reconnects and resends it.
  await client.sendMessage(message);
  log(`sent reading ${n}: ${temperature.toFixed(1)} °C`);
}

showCurl("GET", "/devices/page-telemetry/telemetry");
onSubmit("send", (values) => send(Number(values.get("temperature"))));
document.getElementById("stop")?.addEventListener("click", async () => {
  await client.shutdown();
  log("stopped");
});

for (let count = 0; count < 5; count++) {
  await send(20 + Math.random() * 10);
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
log("sent five readings");
