// Applies changes to the twin's desired properties and reports them back while the page is open.
import { IoTHubDeviceClient } from "@isohub/browser";
import { connectionStringOf, setDesired, showCurl } from "./hub.js";
import { log, onSubmit } from "./log.js";

const client = IoTHubDeviceClient.createFromConnectionString(await connectionStringOf("page-twin"));

showCurl("PATCH", "/devices/page-twin/twin", { desired: { color: "red" } });
// A cloud service does this.
onSubmit("desire", (values) => setDesired("page-twin", { color: values.get("color") }));

const { desired, reported } = await client.getTwin();
log("desired", desired);
log("reported", reported);

// Changes made while the page is offline arrive as one patch after it reconnects. A removed property is null.
client.onTwinDesiredPropertiesPatchReceived = async ({ $version, ...patch }) => {
  log("received patch", patch);
  await client.patchTwinReportedProperties({ ...patch, appliedVersion: $version });
  log(`reported version ${$version}`);
};
