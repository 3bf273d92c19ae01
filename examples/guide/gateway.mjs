// A gateway: connects each of its devices with the device's own certificate, provisioned by an X.509 enrollment group.
import { mkdir, readFile } from "node:fs/promises";
import { fileStorage, IoTHubDeviceClient, X509 } from "isohub";

const {
  PROVISIONING_HOST,
  ID_SCOPE = "",
  CERT_FOLDER = "certs",
  DATA_FOLDER = "data",
  CA_FILE,
} = process.env;
const registrationIds = process.argv.slice(2);

await mkdir(DATA_FOLDER, { recursive: true });
const options = CA_FILE === undefined ? {} : { serverVerificationCert: await readFile(CA_FILE) };

const clients = registrationIds.map((registrationId) => {
  const client = IoTHubDeviceClient.createFromProvisioning(
    {
      provisioningHost: PROVISIONING_HOST ?? "global.azure-devices-provisioning.net",
      idScope: ID_SCOPE,
      registrationId,
      x509: new X509(`${CERT_FOLDER}/${registrationId}.pem`, `${CERT_FOLDER}/${registrationId}-key.pem`),
      // One file per device. After a restart, the device connects to its hub without registering again.
      storage: fileStorage(`${DATA_FOLDER}/${registrationId}.json`),
    },
    options,
  );
  client.onBackgroundException = (error) => console.log(`${registrationId}: ${error.message}`);
  return client;
});

// A device that can't connect doesn't keep the others from it.
const outcomes = await Promise.allSettled(clients.map((client) => client.sendMessage({ temperature: 21.5 })));
outcomes.forEach((outcome, index) => {
  console.log(
    `${registrationIds[index]}: ${outcome.status === "fulfilled" ? "sent" : outcome.reason.message}`,
  );
});
await Promise.all(clients.map((client) => client.shutdown()));
