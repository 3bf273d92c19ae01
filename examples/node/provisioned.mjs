import { fileStorage, IoTHubDeviceClient } from "@isohub/node";

const { PROVISIONING_HOST, ID_SCOPE, REGISTRATION_ID, SYMMETRIC_KEY, ASSIGNMENT_FILE } = process.env;

const client = IoTHubDeviceClient.createFromProvisioning({
  provisioningHost: PROVISIONING_HOST ?? "global.azure-devices-provisioning.net",
  idScope: ID_SCOPE,
  registrationId: REGISTRATION_ID,
  // Of a group: await deriveDeviceKey(groupKey, registrationId), in the factory.
  symmetricKey: SYMMETRIC_KEY,
  storage: fileStorage(ASSIGNMENT_FILE ?? "assignment"),
});

client.onBackgroundException = (error) => console.log(error.code, error.message);
await client.sendMessage({ temperature: 21.5 });
console.log("sent");
await client.shutdown();
