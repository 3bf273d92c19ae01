// Sends a reading with a short time limit. If that fails, prints why, and ends with 75 if it is worth trying again later.
import { IoTHubDeviceClient, IsoHubError } from "isohub";

const client = IoTHubDeviceClient.createFromConnectionString(process.env.CONNECTION_STRING ?? "");

try {
  await client.sendMessage({ temperature: 21.5 }, { timeoutMs: 10_000 });
  console.log("sent");
} catch (error) {
  if (!(error instanceof IsoHubError)) throw error;
  console.log(`${error.code}: ${error.message}`);
  if (error.cause instanceof Error) console.log(`Cause: ${error.cause.message}`);
  if (error.remediation !== undefined) console.log(`To do: ${error.remediation}`);
  process.exitCode = error.retryable ? 75 : 1;
} finally {
  await client.shutdown();
}
