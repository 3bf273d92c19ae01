import { ServiceError } from "@isohub/core";
import type { IoTHubDeviceClient } from "@isohub/node";
import { expectEqual, type VerifyCase } from "../case.ts";
import { NotPossible } from "../not-possible.ts";

const fileName = "isohub-verify.txt";
const content = "uploaded by isohub verify";

/** File uploads. The file stays in the storage account: a device can't delete it. */
export const uploadCases: readonly VerifyCase[] = [
  {
    name: "uploads: a file is stored in the hub's storage account",
    async run({ newClient, signal }) {
      const { hostName, containerName, blobName, sasToken } = await upload(newClient());
      const path = blobName.split("/").map(encodeURIComponent).join("/");
      const query = sasToken.startsWith("?") ? sasToken : `?${sasToken}`;
      const stored = await fetch(`https://${hostName}/${containerName}/${path}${query}`, { signal });
      expectEqual("the stored file", [stored.status, await stored.text()], [200, content]);
    },
  },
];

async function upload(client: IoTHubDeviceClient): ReturnType<IoTHubDeviceClient["uploadToBlob"]> {
  try {
    return await client.uploadToBlob(fileName, content);
  } catch (error) {
    // The name is valid, so the hub refuses it only if it has no storage account.
    if (error instanceof ServiceError && error.statusCode === 400) {
      throw new NotPossible("needs a storage account that is set up for the hub's file uploads");
    }
    throw error;
  }
}
