// Registers devices with the official packages: reads jobs as JSON, runs them concurrently, and writes their outcomes.
const { Mqtt, MqttWs } = require("azure-iot-provisioning-device-mqtt");
const { ProvisioningDeviceClient } = require("azure-iot-provisioning-device");
const { SymmetricKeySecurityClient } = require("azure-iot-security-symmetric-key");
const { X509Security } = require("azure-iot-security-x509");

const { host, transport, jobs } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));

async function register({ idScope, registrationId, key, x509, payload }) {
  const security =
    x509 === undefined
      ? new SymmetricKeySecurityClient(registrationId, key)
      : new X509Security(registrationId, x509);
  const Transport = transport === "MqttWs" ? MqttWs : Mqtt;
  const client = ProvisioningDeviceClient.create(host, idScope, new Transport(), security);
  if (payload !== undefined) client.setProvisioningPayload(payload);
  try {
    return { result: await client.register() };
  } catch (error) {
    return { error: error.name, message: error.message, result: error.result };
  }
}

Promise.all(jobs.map(register)).then((outcomes) => process.stdout.write(JSON.stringify(outcomes)));
