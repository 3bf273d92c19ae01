import type { Definitions } from "../schema/problems.ts";
import {
  choice,
  described,
  either,
  flag,
  integer,
  json,
  list,
  number,
  object,
  optional,
  record,
  ref,
  text,
} from "../schema/schema.ts";
import { duration, expression, interval, share } from "./common-schemas.ts";
import { defaults } from "./defaults.ts";

/** A type of devices, and its parts. */
export const deviceTypeSchemas: Definitions = {
  DeviceType: object("A type of devices, or of modules.", {
    summary: optional(text("A short phrase that describes the devices.")),
    modelId: optional(text("The digital twin model of the devices: `dtmi:…`.")),
    fields: optional(
      record("The fields of telemetry, in the order in which they are computed.", ref("Generator")),
    ),
    messages: optional(list("The messages of a device. Default: none.", ref("MessageSpec"))),
    reported: optional(
      record("The properties that a device reports when it first connects.", json("A value.")),
    ),
    desired: optional(record("The desired properties that a device understands.", ref("DesiredProperty"))),
    methods: optional(
      record("The direct methods of a device. Others are answered with 404.", ref("MethodSpec")),
    ),
    receivesMessages: optional(
      flag("Whether a device receives cloud-to-device messages, or a module its inputs."),
      false,
    ),
    uploads: optional(ref("UploadSpec")),
    modules: optional(
      record("The modules of a device by their names: each is the name of a type.", text("A type.")),
    ),
  }),
  MessageSpec: object("A message that a device sends at intervals.", {
    every: interval("The interval."),
    jitter: optional(share("The largest random change of each interval, as a share of it."), defaults.jitter),
    fields: optional(list("The fields of the body. Default: all fields of the type.", text("A field."))),
    properties: optional(
      record(
        "Application properties: strings, or expressions after `=`, as in `=temperature > 30`.",
        text("A value."),
      ),
    ),
    when: optional(expression("Sends the message only if this is true; otherwise, the device skips it.")),
    burst: optional(integer("The number of messages to send each time.", 1, 1000), 1),
    limit: optional(integer("The highest number of messages to send. Default: none.", 1, 1_000_000_000)),
    padding: optional(integer("Adds a field `padding` of this many characters.", 1, 200_000)),
    output: optional(text("The output of a module. Default: none.")),
  }),
  DesiredProperty: object("A desired property that a device understands, and its reaction.", {
    type: optional(
      choice("The type of its values. Default: any.", "number", "integer", "string", "boolean", "object"),
    ),
    minimum: optional(number("The lowest value.")),
    maximum: optional(number("The highest value.")),
    values: optional(
      list("The only valid values.", either("A value.", { type: "string" }, { type: "number" }), {
        minItems: 1,
      }),
    ),
    initial: optional(json("The value until the hub sets one. Expressions read it as `desired.name`.")),
    writeBack: optional(
      choice(
        "The reaction of the device: it reports the value with the status of Plug and Play (200, or 400 if it isn't valid), the value alone, or nothing.",
        "status",
        "value",
        "none",
      ),
      "status",
    ),
    delay: optional(duration("The time until it is reported. Default: none.")),
  }),
  MethodSpec: object("A direct method, and its answers in turn.", {
    answers: optional(
      list("The answers, each used for one call, and then again from the first.", ref("MethodAnswer"), {
        minItems: 1,
      }),
    ),
    reconnects: optional(flag("Whether the device reconnects after the answer, as after a restart."), false),
  }),
  MethodAnswer: object("An answer to a method call.", {
    status: optional(integer("The status.", 0, 2_147_483_647), 200),
    payload: optional(json("The payload. Default: none.")),
    delay: optional(duration("The time until the answer. Default: none.")),
  }),
  UploadSpec: object("A file that a device uploads at intervals.", {
    every: interval("The interval."),
    jitter: optional(share("The largest random change of each interval, as a share of it."), defaults.jitter),
    bytes: described("The size of the file, in bytes.", {
      type: "integer",
      minimum: 0,
      maximum: 100_000_000,
    }),
    name: optional(text("The name of the file; `{n}` is its number."), defaults.uploadName),
  }),
};
