// Connects a device with a certificate, and trusts the hub's certificate authority from a file if there is one.
import { readFile } from "node:fs/promises";
import { IoTHubDeviceClient, X509 } from "isohub";

const { HUB_HOST = "", DEVICE_ID = "", CERT_FILE = "", KEY_FILE = "", CA_FILE } = process.env;

const client = IoTHubDeviceClient.createFromX509Certificate(
  new X509(CERT_FILE, KEY_FILE),
  HUB_HOST,
  DEVICE_ID,
  CA_FILE === undefined ? {} : { serverVerificationCert: await readFile(CA_FILE) },
);
await client.sendMessage({ temperature: 21.5 });
console.log("sent");
await client.shutdown();
