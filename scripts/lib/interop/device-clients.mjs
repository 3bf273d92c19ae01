import { within } from "./section.mjs";
import { interop, maven, npm, pypi } from "./versions.mjs";

const everything = (test) => ({ telemetry: test, messages: test, twins: test, methods: test });

const nodeMqtt = (block) => ({
  ...within(block, {
    telemetry: "telemetry > ",
    messages: "a cloud-to-device message > ",
    twins: "a twin > ",
    methods: "a direct method > ",
    reconnecting: "after a lost connection > ",
    refusals: "the hub rejects > ",
  }),
  gateway: `${block} by GatewayHostName > `,
});
const nodeAmqp = "azure-iot-device over AMQP";
const nodeHttp = "azure-iot-device over Http";
const java = "iot-device-client of Java";
const adafruit = "adafruit-circuitpython-azureiot on CPython";
const mosquitto = "mosquitto_pub and mosquitto_sub";

const pythonDevice = (block) =>
  within(block, {
    telemetry: "sends telemetry",
    messages: "receives and completes cloud-to-device messages",
    twins: "reads its twin",
    methods: "responds to direct methods",
    reconnecting: "continues after a lost connection",
    refusals: "is rejected with a wrong key",
  });

const javaDevice = (transport) =>
  everything(`${java} > sends telemetry, and receives messages, twins and methods over ${transport}§`);

/** The clients of devices. `§` ends the whole name of a test. @type {import("./section.mjs").Section} */
export const deviceClients = {
  title: "Devices",
  text: "Each row is a device that connects to the local hub over one transport.",
  features: [
    "telemetry",
    "batches",
    "messages",
    "twins",
    "methods",
    "uploads",
    "modules",
    "certificates",
    "gateway",
    "reconnecting",
    "refusals",
  ],
  clients: [
    {
      name: "npm `azure-iot-device`",
      version: npm("azure-iot-device"),
      project: "interop",
      transports: {
        MQTT: nodeMqtt("azure-iot-device over Mqtt"),
        "MQTT over WebSockets": nodeMqtt("azure-iot-device over MqttWs"),
        AMQP: {
          ...everything(`${nodeAmqp} > sends telemetry, and receives messages, twins and methods over TLS`),
          modules: `${nodeAmqp} > serves modules`,
          certificates: `${nodeAmqp} > authenticates with a certificate`,
          refusals: `${nodeAmqp} > is refused with another key`,
        },
        "AMQP over WebSockets": everything(
          `${nodeAmqp} > sends telemetry, and receives messages, twins and methods over WebSockets`,
        ),
        HTTPS: within(nodeHttp, {
          telemetry: "sends telemetry",
          batches: "sends telemetry, alone and in batches",
          messages: "receives messages",
          certificates: "authenticates with a certificate",
        }),
      },
    },
    {
      name: "PyPI `azure-iot-device`",
      version: pypi("azure-iot-device"),
      project: "interop",
      transports: {
        MQTT: pythonDevice("the official Python client over TLS"),
        "MQTT over WebSockets": pythonDevice("the official Python client over WebSockets"),
      },
    },
    {
      name: "Maven `iot-device-client`",
      version: maven(`${interop}/java-device`, "iot-device-client"),
      project: "clients",
      transports: {
        MQTT: { ...javaDevice("MQTT"), uploads: `${java} > uploads files` },
        "MQTT over WebSockets": javaDevice("MQTT_WS"),
        AMQP: javaDevice("AMQPS"),
        "AMQP over WebSockets": javaDevice("AMQPS_WS"),
        HTTPS: within(java, {
          telemetry: "sends telemetry, and receives messages over HTTPS",
          batches: "sends telemetry, and receives messages over HTTPS",
          messages: "sends telemetry, and receives messages over HTTPS",
        }),
      },
    },
    {
      name: "PyPI `adafruit-circuitpython-azureiot`, on CPython",
      version: pypi("adafruit-circuitpython-azureiot"),
      project: "clients",
      transports: { MQTT: everything(`${adafruit} > sends telemetry`) },
    },
    {
      name: "PyPI `paho-mqtt`",
      version: pypi("paho-mqtt"),
      project: "clients",
      transports: {
        MQTT: {
          ...everything("paho-mqtt > sends telemetry, and receives messages, twins and methods over TLS"),
          refusals: "paho-mqtt > is rejected",
        },
        "MQTT over WebSockets": everything(
          "paho-mqtt > sends telemetry, and receives messages, twins and methods over WebSockets",
        ),
      },
    },
    {
      name: "Debian `mosquitto-clients`",
      version: () => "Debian's",
      project: "interop",
      transports: {
        MQTT: within(mosquitto, {
          telemetry: "send telemetry",
          messages: "receive messages",
          twins: "receive desired properties",
          methods: "receive the calls of methods",
          refusals: "are rejected",
        }),
      },
    },
  ],
};
