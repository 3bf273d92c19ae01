// Follows the desired properties of its twin and reports what it made of them, until Ctrl+C.
import { IoTHubDeviceClient } from "@isohub/node";

const client = IoTHubDeviceClient.createFromConnectionString(process.env.CONNECTION_STRING ?? "");
process.once("SIGINT", () => client.shutdown());

const { desired, reported } = await client.getTwin();
console.log("desired", desired);
console.log("reported", reported);

// What changes while this device is away comes as one patch when it is back; a property that was removed is null.
client.onTwinDesiredPropertiesPatchReceived = async ({ $version, ...patch }) => {
  console.log("is told", patch);
  await client.patchTwinReportedProperties({ ...patch, appliedVersion: $version });
  console.log("has reported version", $version);
};
