import { IoTHubDeviceClient } from "isohub";

const client = IoTHubDeviceClient.createFromConnectionString(Deno.env.get("CONNECTION_STRING") ?? "");

client.handleMethod("reboot", () => ({ status: 200, payload: { rebootingIn: 5 } }));

await client.sendMessage({ temperature: 21.5 });
console.log("twin:", await client.getTwin());
await client.shutdown();
