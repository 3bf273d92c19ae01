// Applies changes to the twin's desired properties and reports them back. Press Ctrl+C to stop.
// deno run --allow-net twin.ts "HostName=…;DeviceId=…;SharedAccessKey=…"
import { IoTHubDeviceClient } from "isohub";

const client = IoTHubDeviceClient.createFromConnectionString(Deno.args[0] ?? "");
Deno.addSignalListener("SIGINT", () => client.shutdown());

const { desired, reported } = await client.getTwin();
console.log("desired", desired);
console.log("reported", reported);

// Changes made while the device is offline arrive as one patch after it reconnects. A removed property is null.
client.onTwinDesiredPropertiesPatchReceived = async ({ $version, ...patch }) => {
  console.log("received patch", patch);
  await client.patchTwinReportedProperties({ ...patch, appliedVersion: $version });
  console.log("reported version", $version);
};
