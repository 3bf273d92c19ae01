// A heater: follows the target in its twin, answers a method, and receives messages.
import { IoTHubDeviceClient } from "isohub";

/** Starts the device. @param {string} connectionString */
export async function startDevice(connectionString) {
  const client = IoTHubDeviceClient.createFromConnectionString(connectionString);
  client.handleMethod("boost", () => ({ status: 200, payload: { minutes: 15 } }));
  client.onTwinDesiredPropertiesPatchReceived = async ({ target }) => {
    await client.patchTwinReportedProperties({ target });
  };
  client.onMessageReceived = (message) => console.log(`device: received “${message.text()}”`);
  await client.connect();
  return client;
}
