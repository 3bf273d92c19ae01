// A device that finds its hub by itself, and remembers it: at the next start it goes there at once.
import { fileStorage, IoTHubDeviceClient } from "@isohub/node";

const { PROVISIONING_HOST, ID_SCOPE, REGISTRATION_ID, SYMMETRIC_KEY, ASSIGNMENT_FILE } = process.env;

const client = IoTHubDeviceClient.createFromProvisioning({
  provisioningHost: PROVISIONING_HOST ?? "global.azure-devices-provisioning.net",
  idScope: ID_SCOPE ?? "",
  registrationId: REGISTRATION_ID ?? "",
  // Of a group: await deriveDeviceKey(groupKey, registrationId), in the factory.
  symmetricKey: SYMMETRIC_KEY,
  storage: fileStorage(ASSIGNMENT_FILE ?? "assignment"),
});

// A storage that fails, a connection that was lost: the client goes on.
client.onBackgroundException = (error) => console.log(error.message);
await client.sendMessage({ temperature: 21.5 });
console.log("sent");
await client.shutdown();
