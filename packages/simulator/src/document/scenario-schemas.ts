import { faultTable } from "@isohub/emulator/control-client";
import type { Definitions } from "../schema/problems.ts";
import {
  choice,
  flag,
  integer,
  list,
  number,
  object,
  optional,
  type Properties,
  record,
  ref,
  type Schema,
  tag,
  text,
  variants,
} from "../schema/schema.ts";
import { commonSchemas, duration, interval, share } from "./common-schemas.ts";
import { defaults } from "./defaults.ts";
import { deviceTypeSchemas } from "./device-type-schemas.ts";
import { faultEnds, scenarioFaultNames } from "./fault-names.ts";
import { generatorSchemas } from "./generator-schemas.ts";
import { metricNames } from "./metrics.ts";

const secret: Schema = text(
  "The name of a secret with the value, such as an environment variable. The document itself contains no keys.",
);

const connections: Definitions = {
  LocalHubConnection: object("The devices are registered at the local hub.", { from: tag("localHub") }),
  ConnectionStringConnection: object("Each device has a connection string.", {
    from: tag("connectionString"),
    secret: { ...secret, description: `${secret.description} One connection string per line.` },
  }),
  PolicyConnection: object(
    "The devices are registered at a hub, and tokens are signed with a policy of it.",
    {
      from: tag("policy"),
      secret: {
        ...secret,
        description: `${secret.description} A connection string with \`SharedAccessKeyName\`, without a device.`,
      },
    },
  ),
  ProvisioningConnection: object(
    "The devices register with the provisioning service, with keys derived from a group's.",
    {
      from: tag("provisioning"),
      idScope: text("The id scope."),
      host: optional(text("The provisioning service."), defaults.provisioningHost),
      secret: { ...secret, description: `${secret.description} The key of the enrollment group, in base64.` },
    },
  ),
};

const phases: Definitions = {
  RampPhase: object("Devices connect one after the other, evenly spread.", {
    phase: tag("ramp"),
    over: duration("The time until all have begun to connect."),
  }),
  HoldPhase: object("Devices stay connected and send.", { phase: tag("hold"), for: duration("The length.") }),
  StormPhase: object("All connections break at once, and all devices reconnect.", {
    phase: tag("storm"),
    for: duration("The length."),
    share: optional(share("The share of the devices that lose their connections."), 1),
  }),
  ChurnPhase: object("Devices are switched off and on again, in turn.", {
    phase: tag("churn"),
    for: duration("The length."),
    every: interval("The time between two decisions of a device."),
    share: share("The probability that a device is switched off at a decision."),
    off: duration("The time for which a device is off."),
  }),
  DrainPhase: object("Devices stop sending, and wait for acknowledgements.", {
    phase: tag("drain"),
    within: duration("The longest time to wait."),
  }),
};

/** The document, and the parts of a run. */
export const runSchemas: Definitions = {
  ...connections,
  ...phases,
  Scenario: object("A fleet of devices, and the phases of its run.", {
    $schema: optional(text("The address of the schema, for editors.")),
    name: optional(text("The name of the scenario, for reports."), "scenario"),
    seed: optional(
      integer("The same seed gives the same messages in the same order per device.", 0, 4_294_967_295),
      defaults.seed,
    ),
    types: optional(
      record("Types of devices by their names, in addition to the ready ones.", ref("DeviceType")),
    ),
    files: optional(
      record(
        "CSV files by their names, for replay. The command reads the missing ones from disk.",
        text("The content of the file."),
      ),
    ),
    groups: list("The groups of devices.", ref("Group"), { minItems: 1 }),
    phases: list("The phases of the run, in order.", ref("Phase"), { minItems: 1 }),
    faults: optional(list("Faults of the local hub, and their times.", ref("ScheduledFault"))),
    thresholds: optional(
      list("Limits of the results: one that is exceeded fails the run.", ref("Threshold")),
    ),
  }),
  Group: object("Devices of one type.", {
    name: optional(ref("Name")),
    type: text("The type: one of `types`, or a ready one."),
    count: integer("The number of devices.", 1, 1_000_000),
    id: optional(
      text(
        "The device id; `{n}` is the number of the device in the group, from 1. Default: the name of the group with the number.",
      ),
    ),
    connect: optional(ref("ConnectionSource")),
    websockets: optional(
      flag("Whether the devices use MQTT over WebSockets. Default: the preference of the runtime."),
    ),
    keepAlive: optional(integer("The keep-alive interval, in seconds.", 1, 1740), 60),
  }),
  ConnectionSource: variants(
    "The source of the identities and credentials. Default: the local hub.",
    "from",
    ...Object.keys(connections).map(ref),
  ),
  Phase: variants("A part of the run.", "phase", ...Object.keys(phases).map(ref)),
  ScheduledFault: variants(
    "A fault of the local hub at a point in time.",
    "fault",
    ...scenarioFaultNames.map(faultSchema),
  ),
  Threshold: object("A limit of a result.", {
    metric: choice("The result.", ...metricNames),
    minimum: optional(number("The lowest value that passes.")),
    maximum: optional(number("The highest value that passes.")),
  }),
  DeviceSelection: object("Devices, chosen by the seed.", {
    group: optional(text("The name of their group. Default: all groups.")),
    share: optional(share("The share of them."), 1),
    count: optional(integer("The number of them. Default: according to `share`.", 1, 1_000_000)),
  }),
};

/** The schema of a fault, from the table of the local hub's faults. */
function faultSchema(name: (typeof scenarioFaultNames)[number]): Schema {
  const { summary, scope, positional, options } = faultTable[name];
  const { deviceId: _deviceId, registrationId: _registrationId, ...fields } = { ...positional, ...options };
  const parameters: Properties = Object.fromEntries(
    Object.entries(fields).map(([field, { schema, isOptional }]) => [field, { schema, isOptional }]),
  );
  return object(`${summary}.`, {
    fault: tag(name),
    at: duration("The time from the start of the run."),
    ...(scope === "hub"
      ? {}
      : { devices: scope === "device" ? ref("DeviceSelection") : optional(ref("DeviceSelection")) }),
    ...(name in faultEnds
      ? { for: optional(duration("The time after which it ends. Default: it stays.")) }
      : {}),
    ...parameters,
  });
}

/** Every definition of the document, by name. */
export const scenarioSchemas: Definitions = {
  ...commonSchemas,
  ...generatorSchemas,
  ...deviceTypeSchemas,
  ...runSchemas,
};

/** The JSON Schema of a scenario. */
export function scenarioSchema(): Schema & { readonly $schema: string; readonly $defs: Definitions } {
  const { Scenario = {}, ...$defs } = scenarioSchemas;
  return { $schema: "https://json-schema.org/draft/2020-12/schema", title: "Scenario", ...Scenario, $defs };
}
