import { IoTHubDeviceClient } from "isohub";

/**
 * The device under test: heats to the desired temperature, and reports it.
 *
 * @param {string} connectionString
 * @param {import("isohub").ClientOptions} [options]
 */
export async function startThermostat(connectionString, options) {
  const client = IoTHubDeviceClient.createFromConnectionString(connectionString, options);
  client.handleMethod("boost", () => ({ status: 200, payload: { minutes: 15 } }));
  client.onTwinDesiredPropertiesPatchReceived = async ({ target }) => {
    if (target === undefined) return;
    await client.patchTwinReportedProperties({ target });
    await client.sendMessage({ heatingTo: target });
  };
  await client.connect();
  return client;
}
