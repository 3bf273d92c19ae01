// A device that registers with a key, and connects to its hub with a certificate that the service issues for it (preview).
import { IoTHubDeviceClient, ProvisioningDeviceClient } from "@isohub/node";
import { createCertificateRequest } from "@isohub/node/csr";

const { PROVISIONING_HOST, ID_SCOPE, REGISTRATION_ID, SYMMETRIC_KEY } = process.env;

// The private key is made here and stays here; what leaves is the request to certify it.
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
