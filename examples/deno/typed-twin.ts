// Applies typed desired properties, and reports typed ones. Press Ctrl+C to stop.
// deno run --allow-net typed-twin.ts "HostName=…;DeviceId=…;SharedAccessKey=…"
import { IoTHubDeviceClient } from "isohub";

interface Thermostat {
  desired: { target?: number; schedule?: { from: string; to: string } };
  reported: { target?: number; status?: "heating" | "idle" };
}

const client = IoTHubDeviceClient.createFromConnectionString<Thermostat>(Deno.args[0] ?? "");
Deno.addSignalListener("SIGINT", () => client.shutdown());

const { desired } = await client.getTwin();
console.log("target", desired.target ?? "not set");

client.onTwinDesiredPropertiesPatchReceived = async ({ target, $version }) => {
  // `undefined`: unchanged. `null`: removed.
  if (target === undefined) return;
  const reported = await client.patchTwinReportedProperties({
    target,
    status: target !== null && target > 20 ? "heating" : "idle",
  });
  console.log(`applied version ${$version}, reported version ${reported.version}`);
};
