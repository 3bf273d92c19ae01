// Registers with a key, then connects to the hub with a certificate that the service issues (preview).
import { IoTHubDeviceClient, ProvisioningDeviceClient } from "isohub";
import { createCertificateRequest } from "isohub/csr";

const { PROVISIONING_HOST, ID_SCOPE, REGISTRATION_ID, SYMMETRIC_KEY } = process.env;

// The private key is generated here and stays here. Only the certificate signing request is sent.
const request = await createCertificateRequest(REGISTRATION_ID ?? "");
const provisioning = ProvisioningDeviceClient.createFromSymmetricKey(
  PROVISIONING_HOST ?? "global.azure-devices-provisioning.net",
  REGISTRATION_ID ?? "",
  ID_SCOPE ?? "",
  SYMMETRIC_KEY,
);
const { registrationState: state } = await provisioning.register({ csr: request.csr });

const x509 = request.x509(state?.issuedCertificateChain);
const client = IoTHubDeviceClient.createFromX509Certificate(
  x509,
  state?.assignedHub ?? "",
  state?.deviceId ?? "",
);
await client.sendMessage({ temperature: 21.5 });
console.log("sent");
await client.shutdown();
