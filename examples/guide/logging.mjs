// Prints a client's log entries as lines of JSON, and its connection state in words.
import { IoTHubDeviceClient } from "isohub";

const levels = ["debug", "info", "warn", "error"];
const threshold = levels.indexOf(process.env.LOG_LEVEL ?? "info");

const client = IoTHubDeviceClient.createFromConnectionString(process.env.CONNECTION_STRING ?? "", {
  logger: {
    log(level, message, detail) {
      if (levels.indexOf(level) >= threshold) console.log(JSON.stringify({ level, message, ...detail }));
    },
  },
});

client.onConnectionStateChange = ({ status, reason, nextRetryAt }) => {
  console.log([status, reason?.message, nextRetryAt?.toISOString()].filter(Boolean).join(" · "));
};
// Errors that no call rejects with, such as those of a handler that throws.
client.onBackgroundException = (error) => console.log(`${error.code}: ${error.message}`);

await client.sendMessage({ temperature: 21.5 });
await client.shutdown();
