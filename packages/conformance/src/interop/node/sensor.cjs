// A device program that uses only the official packages and its environment.
const { Client, Message } = require("azure-iot-device");
const { Mqtt, MqttWs } = require("azure-iot-device-mqtt");

const { IOTHUB_DEVICE_CONNECTION_STRING: connectionString, IOTHUB_TRANSPORT: transport } = process.env;
const client = Client.fromConnectionString(connectionString, transport === "MqttWs" ? MqttWs : Mqtt);

client.onDeviceMethod("stop", async (_request, response) => {
  await response.send(200, "stopping");
  await client.close();
});
const message = new Message(JSON.stringify({ temperature: 21.5 }));
message.properties.add("from", transport);
client.open().then(() => client.sendEvent(message));
