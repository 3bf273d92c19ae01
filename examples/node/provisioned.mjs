// Provisions a device and stores its assignment, so that the next start connects to the hub directly.
import { fileStorage, IoTHubDeviceClient } from "isohub";

const { PROVISIONING_HOST, ID_SCOPE, REGISTRATION_ID, SYMMETRIC_KEY, ASSIGNMENT_FILE } = process.env;

const client = IoTHubDeviceClient.createFromProvisioning({
  provisioningHost: PROVISIONING_HOST ?? "global.azure-devices-provisioning.net",
  idScope: ID_SCOPE ?? "",
  registrationId: REGISTRATION_ID ?? "",
  // For an enrollment group, derive it in the factory: await deriveDeviceKey(groupKey, registrationId).
  symmetricKey: SYMMETRIC_KEY,
  storage: fileStorage(ASSIGNMENT_FILE ?? "assignment"),
});

// Reports errors that the client recovers from, such as a failing storage or a lost connection.
client.onBackgroundException = (error) => console.log(error.message);
await client.sendMessage({ temperature: 21.5 });
console.log("sent");
await client.shutdown();
