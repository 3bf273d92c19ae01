// A function of a serverless platform: keeps its connection between calls, and sends before it returns.
import { IoTHubDeviceClient } from "isohub";

const client = IoTHubDeviceClient.createFromConnectionString(process.env.CONNECTION_STRING ?? "", {
  // The platform freezes the process between calls, and the hub may close the connection meanwhile: notice it soon.
  pingTimeoutMs: 2000,
});

/** @param {{ temperature: number }} event */
export async function handler({ temperature }) {
  // Leaves time to report the error before the platform ends the call.
  await client.sendMessage({ temperature }, { timeoutMs: 5000 });
  return { statusCode: 202 };
}

// Lambda sends SIGTERM before it removes the process, if the function has an extension.
process.once("SIGTERM", () => client.shutdown());
