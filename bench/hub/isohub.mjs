// The process of the local hub: creates the devices, and prints how to connect as one of them.

import { startEmulator } from "@isohub/emulator";
import { policyToken } from "../../scripts/lib/policy-token.mjs";

const devices = Number(process.argv[2]);
const hub = await startEmulator({ blobStorage: false });
for (let number = 1; number <= devices; number++) await hub.createDevice(`device-${number}`);

// A token of the policy for devices is valid for all of them.
const password = policyToken(hub.policyConnectionStrings.device);

const { plainPort, port } = hub.endpoints;
console.log(JSON.stringify({ plainPort, tlsPort: port, ca: hub.ca, password }));
