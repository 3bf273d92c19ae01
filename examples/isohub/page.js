import { IoTHubDeviceClient } from "isohub/lite";

const connectionString = prompt("The connection string for pages") ?? "";
const client = IoTHubDeviceClient.createFromConnectionString(connectionString);

client.onMessageReceived = (message) => document.body.append(message.text());

await client.sendMessage({ temperature: 21.5 });
document.title = "sent";
