// Follows the desired properties of its twin and reports what it made of them, for as long as the page is open.
import { IoTHubDeviceClient } from "@isohub/browser";
import { connectionStringOf } from "./hub.js";
import { log } from "./log.js";

const client = IoTHubDeviceClient.createFromConnectionString(await connectionStringOf("page-twin"));

const { desired, reported } = await client.getTwin();
log("desired", desired);
log("reported", reported);

// What changes while this page is away comes as one patch when it is back; a property that was removed is null.
client.onTwinDesiredPropertiesPatchReceived = async ({ $version, ...patch }) => {
  log("is told", patch);
  await client.patchTwinReportedProperties({ ...patch, appliedVersion: $version });
  log(`has reported version ${$version}`);
};
