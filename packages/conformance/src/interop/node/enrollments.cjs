// Manages enrollments with the official package, and writes the outcome of each step.
const { ProvisioningServiceClient } = require("azure-iot-provisioning-service");

const { connectionString, group, certificate } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const client = ProvisioningServiceClient.fromConnectionString(connectionString);

async function failure(promise) {
  return promise.then(
    () => "no failure",
    (error) => ({ name: error.name, status: error.response?.statusCode }),
  );
}

async function run() {
  const { responseBody: created } = await client.createOrUpdateIndividualEnrollment({
    registrationId: "by-rest",
    deviceId: "device-by-rest",
    attestation: { type: "symmetricKey" },
    initialTwin: { tags: { floor: 1 }, properties: { desired: { interval: 5 } } },
    reprovisionPolicy: { updateHubAssignment: true, migrateDeviceData: false },
  });
  const { responseBody: updated } = await client.createOrUpdateIndividualEnrollment({
    ...created,
    provisioningStatus: "disabled",
  });
  const stale = await failure(client.createOrUpdateIndividualEnrollment(created));
  const { responseBody: byCertificate } = await client.createOrUpdateIndividualEnrollment({
    registrationId: "by-certificate",
    attestation: { type: "x509", x509: { clientCertificates: { primary: { certificate } } } },
  });
  const { responseBody: madeGroup } = await client.createOrUpdateEnrollmentGroup({
    enrollmentGroupId: group,
    attestation: { type: "x509", x509: { signingCertificates: { primary: { certificate } } } },
    provisioningStatus: "enabled",
  });
  const { responseBody: mechanism } = await client.getIndividualEnrollmentAttestationMechanism("by-rest");
  const query = client.createIndividualEnrollmentQuery({ query: "SELECT * FROM enrollments" }, 1);
  const pages = [];
  while (query.hasMoreResults) {
    // Without its argument it would request the first page indefinitely.
    const { responseBody } = await query.next(query.continuationToken);
    pages.push(responseBody.map(({ registrationId }) => registrationId));
  }
  await client.deleteEnrollmentGroup(group);
  await client.deleteIndividualEnrollment(updated);
  const gone = await failure(client.getIndividualEnrollment("by-rest"));
  return { created, updated, stale, byCertificate, madeGroup, mechanism, pages, gone };
}

run().then((outcome) => process.stdout.write(JSON.stringify([outcome])));
