import { within } from "./section.mjs";
import { interop, maven, npm, pypi } from "./versions.mjs";

const javaProvisioning = "provisioning-device-client of Java > registers with keys and certificates over";
const adafruit = "adafruit-circuitpython-azureiot on CPython";

const provisioningNode = (block) =>
  within(block, {
    keys: "registers with an individual key",
    groups: "registers a hundred devices of a group",
    certificates: "registers with certificates",
    polling: "waits for polls",
    refusals: "is rejected",
  });

const provisioningPython = (block) =>
  within(block, {
    keys: "registers with keys",
    groups: "registers with keys",
    certificates: "registers with keys and a certificate",
    polling: "waits for polls",
    refusals: "is rejected",
  });

const provisioningJava = (transport) => {
  const test = `${javaProvisioning} ${transport}§`;
  return { keys: test, groups: test, certificates: test, refusals: test };
};

/** The clients of devices that register. `§` ends the whole name of a test. @type {import("./section.mjs").Section} */
export const provisioningClients = {
  title: "Provisioning",
  text: "Each row is a device that registers with the local provisioning service.",
  features: ["keys", "groups", "certificates", "polling", "refusals"],
  clients: [
    {
      name: "npm `azure-iot-provisioning-device`",
      version: npm("azure-iot-provisioning-device"),
      project: "interop",
      transports: {
        MQTT: provisioningNode("azure-iot-provisioning-device over Mqtt"),
        "MQTT over WebSockets": provisioningNode("azure-iot-provisioning-device over MqttWs"),
      },
    },
    {
      name: "PyPI `azure-iot-device`",
      version: pypi("azure-iot-device"),
      project: "interop",
      transports: {
        MQTT: provisioningPython("the provisioning client of Python over TLS"),
        "MQTT over WebSockets": provisioningPython("the provisioning client of Python over WebSockets"),
      },
    },
    {
      name: "Maven `provisioning-device-client`",
      version: maven(`${interop}/java-device`, "provisioning-device-client"),
      project: "clients",
      transports: {
        MQTT: provisioningJava("MQTT"),
        "MQTT over WebSockets": provisioningJava("MQTT_WS"),
        AMQP: provisioningJava("AMQPS"),
        "AMQP over WebSockets": provisioningJava("AMQPS_WS"),
        HTTPS: provisioningJava("HTTPS"),
      },
    },
    {
      name: "PyPI `adafruit-circuitpython-azureiot`, on CPython",
      version: pypi("adafruit-circuitpython-azureiot"),
      project: "clients",
      transports: { MQTT: { keys: `${adafruit} > registers` } },
    },
  ],
};
