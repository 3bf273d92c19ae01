/**
 * A part of the reference, with its own folder.
 *
 * @typedef {object} Area
 * @property {string} folder - in docs/api
 * @property {string} title
 * @property {string} about - one or two sentences for the index
 * @property {string[]} entries - whose exports it documents; a page shows the declaration of the first that has it
 * @property {string[]} [alsoFrom] - further entries that export the same names
 * @property {[title: string, source: RegExp][]} groups - by the source file, and `:name` behind it; the first that matches
 */

/** @type {Area[]} */
export const areas = [
  {
    folder: "client",
    title: "Device SDK",
    about:
      "Import these names from `isohub`, or from the package of one runtime: `@isohub/node`, `@isohub/browser` or `@isohub/deno`. Pages describe Node, and list the differences on other runtimes.",
    entries: [
      "@isohub/node",
      "@isohub/node/mqttjs",
      "@isohub/node/csr",
      "@isohub/browser",
      "@isohub/browser/lite",
      "@isohub/node/outbox",
      "@isohub/browser/outbox",
      "@isohub/deno/outbox",
      "@isohub/browser/wire",
      "@isohub/browser/timer",
      "@isohub/deno",
      "@isohub/deno/csr",
      "@isohub/core",
      "@isohub/core/csr",
    ],
    alsoFrom: [
      "isohub",
      "isohub/lite",
      "isohub/outbox",
      "isohub/mqttjs",
      "isohub/csr",
      "@isohub/browser/mqttjs",
      "@isohub/deno/mqttjs",
    ],
    groups: [
      ["Clients", /clients\.ts:|:(?:IoTHub\w+|Provisioning)Client$/],
      ["Outbox", /outbox/],
      ["Certificate signing requests", /certificate-request|csr/],
      ["Authentication", /\/auth\/|proxy-options/],
      ["Direct methods", /\/methods\/|:(?:InvokeResult|MethodParams)$/],
      ["Twins", /\/twin\/|twin-types|:TwinPatch$|util\/json/],
      ["Messages", /\/messages\//],
      ["Provisioning", /provision|storage\.ts:(?:file|web)Storage/],
      ["File uploads", /upload/],
      ["Errors", /\/errors\.ts|error-codes\.ts/],
      ["MQTT engines and packets", /\/mqtt\/|mqttjs/],
      ["Timers", /\/timer\.ts:/],
      ["Options, state and events", /\/(?:setup|connection|clients|events|util)\//],
    ],
  },
  {
    folder: "token-broker",
    title: "Token broker",
    about: "The server part of pages without keys: signs short-lived SAS tokens for signed-in users.",
    entries: ["@isohub/core/token-broker"],
    alsoFrom: ["isohub/token-broker", "@isohub/node/token-broker", "@isohub/deno/token-broker"],
    groups: [["Token broker", /./]],
  },
  {
    folder: "emulator",
    title: "Emulator",
    about: "A local IoT Hub and Device Provisioning Service in your process.",
    entries: ["@isohub/emulator", "@isohub/emulator/web"],
    alsoFrom: ["isohub/emulator"],
    groups: [
      ["Errors", /hub-error/],
      ["Provisioning", /provisioning|joining/],
      ["IoT Edge", /edge|workload|inputs?\.ts|input-message/],
      ["File uploads", /uploads|blobs\/|:UploadNotification$/],
      ["Faults", /faults\//],
      ["Certificates", /certificates\//],
      ["State", /config\/state|api\/state|\/store\/|paging/],
      [
        "Start and configure",
        /start-emulator|memory-hub|tls-version|throttles|tiers|config\/|\/options\.ts|api\/(?:emulator|hubs|quota)\.ts/,
      ],
      ["Identities", /api\/identities|authentication|registry|hub\/(?:views|identities)\//],
      ["Twins", /twins\.ts/],
      ["Direct methods", /methods\.ts/],
      ["Event Hubs and routes", /event-hub|message-route|event-position|routes\.ts/],
      ["Messages", /messages\.ts|c2d|telemetry|delivery-queue|queued-message|topics/],
      ["Sessions and events", /sessions?\.ts|events\.ts/],
    ],
  },
  {
    folder: "control-client",
    title: "Control client",
    about: "The same methods for an emulator in another process, over its control API.",
    entries: ["@isohub/emulator/control-client"],
    groups: [["Control client", /./]],
  },
  {
    folder: "simulator",
    title: "Simulator",
    about: "Fleets of simulated devices from one scenario, in pages, Node and Deno.",
    entries: ["@isohub/simulator"],
    groups: [
      ["Scenario", /\/document\/scenario|read-scenario|problems|schema/],
      ["Device types", /\/document\/|\/types\/|references|expression/],
      ["Results", /\/statistics\/(?!device-observer)|\/formats\//],
      ["Running", /./],
    ],
  },
  {
    folder: "testing",
    title: "Fakes for tests",
    about: "A virtual clock, and a runtime in memory with the other end of its connections.",
    entries: ["@isohub/core/testing"],
    groups: [["Fakes", /./]],
  },
];

/** Entries that the reference leaves out: for other packages of the workspace, or documented with a runtime. */
export const undocumentedEntries = [
  "@isohub/core/internal",
  "@isohub/core/lean",
  "@isohub/core/mqttjs",
  "@isohub/core/mqttjs-web",
  "@isohub/core/outbox",
  "@isohub/core/runtime",
  "@isohub/core/web",
  "@isohub/core/wire",
  "@isohub/emulator/command",
  "@isohub/simulator/command",
  "@isohub/simulator/node",
  "artillery-engine-isohub",
];
