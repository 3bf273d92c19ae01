import { IoTHubDeviceClient } from "isohub";

const client = IoTHubDeviceClient.createFromConnectionString(process.env.CONNECTION_STRING ?? "", {
  websockets: true,
});

client.onMessageReceived = (message) => console.log("from the cloud:", message.text());
client.handleMethod("reboot", () => ({ status: 200, payload: { rebootingIn: 5 } }));

await client.sendMessage({ temperature: 21.5 });
await client.patchTwinReportedProperties({ firmware: "1.2.0" });
console.log("twin:", await client.getTwin());
await client.shutdown();
