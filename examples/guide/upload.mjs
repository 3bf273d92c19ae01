// Uploads a file, and prints its progress.
import { openAsBlob } from "node:fs";
import { basename } from "node:path";
import { IoTHubDeviceClient } from "isohub";

const file = process.argv[2] ?? "";
const client = IoTHubDeviceClient.createFromConnectionString(process.env.CONNECTION_STRING ?? "");

const { blobName } = await client.uploadToBlob(basename(file), await openAsBlob(file), {
  onProgress: ({ uploadedBytes, totalBytes }) => console.log(`${uploadedBytes} of ${totalBytes} bytes`),
});
console.log(`uploaded ${blobName}`);
await client.shutdown();
