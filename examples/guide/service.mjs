// Sends a reading every second until it is stopped, and then everything that it has accepted.
import { IoTHubDeviceClient } from "isohub";

const client = IoTHubDeviceClient.createFromConnectionString(process.env.CONNECTION_STRING ?? "");
let accepted = 0;
let acknowledged = 0;

const timer = setInterval(() => {
  accepted += 1;
  client.sendMessage({ n: accepted }).then(
    () => {
      acknowledged += 1;
    },
    (error) => console.log(error.message),
  );
}, 1000);

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    clearInterval(timer);
    // Docker and systemd kill a process some seconds after SIGTERM: stay below that.
    await client.shutdown({ drain: 8000 });
    console.log(`${acknowledged} of ${accepted} messages acknowledged`);
  });
}
await client.connect();
console.log("connected");
