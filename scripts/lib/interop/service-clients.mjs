import { within } from "./section.mjs";
import { go, interop, maven, npm, pypi, required } from "./versions.mjs";

const service = "azure-iothub > manages devices, modules and twins, finds twins by query, calls methods";
const javaService = "iot-service-client and azure-messaging-eventhubs of Java > manage devices";
const pythonMessages = "azure-iot-hub and azure-eventhub of Python over AMQP > send messages to a device";
const system = (language) =>
  `the system of a service and a device in ${language} > telemetry by consumer group, a method, the twin`;
const nodeMessages = (transport) => {
  const test = `azure-iothub over AMQP > sends messages, and receives feedback and file notifications over ${transport}`;
  return { messages: test, feedback: test, files: test };
};

/** The clients of services. @type {import("./section.mjs").Section} */
export const serviceClients = {
  title: "Services",
  text: "Each row is a service that uses the local hub's REST API or AMQP.",
  features: [
    "identities",
    "twins",
    "queries",
    "methods",
    "jobs",
    "exports",
    "messages",
    "feedback",
    "files",
    "enrollments",
  ],
  clients: [
    {
      name: "npm `azure-iothub`",
      version: npm("azure-iothub"),
      project: "interop",
      transports: {
        HTTPS: {
          identities: service,
          twins: service,
          queries: service,
          methods: service,
          jobs: service,
          exports: service,
        },
        AMQP: nodeMessages("TLS"),
        "AMQP over WebSockets": nodeMessages("WebSockets"),
      },
    },
    {
      name: "npm `azure-iot-provisioning-service`",
      version: npm("azure-iot-provisioning-service"),
      project: "interop",
      transports: { HTTPS: { enrollments: "azure-iot-provisioning-service > " } },
    },
    {
      name: "PyPI `azure-iot-hub`",
      version: pypi("azure-iot-hub"),
      project: "interop",
      transports: {
        HTTPS: within("azure-iot-hub of Python", {
          identities: "manages devices",
          twins: "manages devices",
          queries: "manages devices",
          methods: "manages devices",
        }),
      },
    },
    {
      name: "PyPI `azure-iot-hub`, in `examples/service/python`",
      version: required("azure-iot-hub"),
      project: "clients",
      transports: {
        HTTPS: {
          identities: system("Python"),
          twins: system("Python"),
          methods: system("Python"),
          feedback: system("Python"),
        },
        AMQP: { messages: pythonMessages },
      },
    },
    {
      name: "Maven `iot-service-client`",
      version: maven(`${interop}/java`, "iot-service-client"),
      project: "clients",
      transports: {
        HTTPS: { identities: javaService, twins: javaService, methods: system("Java") },
        "AMQP, also over WebSockets": { messages: javaService, feedback: javaService },
      },
    },
  ],
};

const reading = "azeventhubs of Go > reads events with and without TLS";

/** The clients that read events. @type {import("./section.mjs").Section} */
export const eventClients = {
  title: "Event readers",
  text: "Each row reads telemetry at the Event Hub-compatible endpoint.",
  features: ["events", "without TLS", "partitions", "positions", "groups"],
  clients: [
    {
      name: "npm `@azure/event-hubs`",
      version: npm("@azure/event-hubs"),
      project: "interop",
      transports: {
        AMQP: within("@azure/event-hubs", {
          events: "reads events, positions and properties over TLS",
          "without TLS": "reads events, positions and properties over the plain port",
          partitions: "reads events, positions and properties",
          positions: "reads events, positions and properties",
        }),
      },
    },
    {
      name: "PyPI `azure-eventhub`",
      version: required("azure-eventhub"),
      project: "clients",
      transports: {
        AMQP: {
          events: pythonMessages,
          "without TLS": pythonMessages,
          partitions: pythonMessages,
          positions: system("Python"),
          groups: system("Python"),
        },
      },
    },
    {
      name: "Maven `azure-messaging-eventhubs`",
      version: maven(`${interop}/java`, "azure-messaging-eventhubs"),
      project: "clients",
      transports: {
        AMQP: {
          events: javaService,
          "without TLS": javaService,
          partitions: javaService,
          positions: system("Java"),
          groups: system("Java"),
        },
      },
    },
    {
      name: "Go `azeventhubs`",
      version: go("azeventhubs/v2"),
      project: "clients",
      transports: { AMQP: { events: reading, "without TLS": reading, partitions: reading } },
    },
  ],
};
