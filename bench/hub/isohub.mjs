// The process of the local hub: creates the devices, and prints how to connect as one of them.
import { createHmac } from "node:crypto";
import { startEmulator } from "@isohub/emulator";

const devices = Number(process.argv[2]);
const hub = await startEmulator({ blobStorage: false });
for (let number = 1; number <= devices; number++) await hub.createDevice(`device-${number}`);

// A token of the policy for devices is valid for all of them.
const { device } = hub.policyConnectionStrings;
const key = /SharedAccessKey=([^;]+)/.exec(device)?.[1] ?? "";
const expiry = Math.floor(Date.now() / 1000) + 86_400;
const signature = createHmac("sha256", Buffer.from(key, "base64"))
  .update(`localhost\n${expiry}`)
  .digest("base64");
const password = `SharedAccessSignature sr=localhost&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=device`;

const { plainPort, port } = hub.endpoints;
console.log(JSON.stringify({ plainPort, tlsPort: port, ca: hub.ca, password }));
