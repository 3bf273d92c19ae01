// A module on IoT Edge: reads temperatures from an input, and forwards the high ones. Runs until it is stopped.
import { IoTHubModuleClient, Message } from "isohub";

const client = await IoTHubModuleClient.createFromEdgeEnvironment();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => client.shutdown({ drain: 5000 }));

client.onMessageReceived = async (message) => {
  if (message.inputName !== "temperatures") return;
  const { temperature } = /** @type {{ temperature: number }} */ (message.json());
  if (temperature <= 28) return;
  const alert = new Message({ temperature });
  alert.customProperties["alert"] = "true";
  // If this rejects, the handler fails, and the hub delivers the input message again.
  await client.sendMessageToOutput(alert, "alerts");
};
await client.connect();
console.log("waiting for messages");
