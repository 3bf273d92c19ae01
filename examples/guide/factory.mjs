// The factory's side of an X.509 enrollment group, for the local hub: an authority, a certificate per device, and the group.
import { mkdir, writeFile } from "node:fs/promises";
import { createControlClient } from "@isohub/emulator/control-client";
import { createCertificate, createCertificateAuthority } from "isohub/emulator";

const { CONTROL = "", CERT_FOLDER = "certs", GROUP = "factory" } = process.env;
const registrationIds = process.argv.slice(2);

await mkdir(CERT_FOLDER, { recursive: true });
const ca = await createCertificateAuthority();
for (const registrationId of registrationIds) {
  // The common name is the registration id.
  const { cert, key } = await createCertificate(registrationId, { ca });
  await writeFile(`${CERT_FOLDER}/${registrationId}.pem`, cert);
  await writeFile(`${CERT_FOLDER}/${registrationId}-key.pem`, key, { mode: 0o600 });
}

const hub = createControlClient(CONTROL);
await hub.createEnrollmentGroup(GROUP, { attestation: { type: "x509", ca: ca.cert } });
const { idScope, endpoints } = await hub.info();
console.log(`ID scope ${idScope}, service localhost:${endpoints.provisioning.port}`);
