import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { problemText } from "../schema/problems.ts";
import { readyTypes } from "../types/ready-types.ts";
import { checkScenario, missingFiles, readScenario } from "./read-scenario.ts";

const valid = {
  seed: 7,
  groups: [{ type: "thermostat", count: 3 }],
  phases: [
    { phase: "ramp", over: "1s" },
    { phase: "hold", for: "10s" },
  ],
};

const withType = (type: object): object => ({ ...valid, types: { mine: type } });
const withField = (generator: object): object => withType({ fields: { a: generator } });

const lines = (document: unknown): string[] => checkScenario(document).map(problemText);

describe("a scenario", () => {
  it("is returned as it is", () => {
    expect(readScenario(valid)).toBe(valid);
    expect(readScenario(JSON.stringify(valid))).toEqual(valid);
  });

  it.each(Object.keys(readyTypes))("can use the ready type %s", (type) => {
    expect(lines({ ...valid, groups: [{ type, count: 2 }], types: { copy: readyTypes[type] } })).toEqual([]);
  });

  it("names CSV files that it needs", () => {
    const replay = { generator: "replay", file: "log.csv", column: "a" };
    expect(missingFiles(withField(replay))).toEqual(["log.csv"]);
    expect(missingFiles({ ...withField(replay), files: { "log.csv": "a\n1" } })).toEqual([]);
    expect(missingFiles("no object")).toEqual([]);
  });

  it("is rejected with every problem in one error", () => {
    const broken = {
      ...valid,
      groups: [{ type: "toaster", count: 1 }],
      phases: [{ phase: "hold", for: "1s" }],
    };
    expect(() => readScenario(broken)).toThrow(
      expect.objectContaining({
        code: "invalid_argument",
        message: expect.stringMatching(
          /^groups\[0\]\.type must be one of .*\nphases\[0\]\.phase must be ramp/,
        ),
      }),
    );
  });

  it("must be JSON", () => {
    expect(() => readScenario("{")).toThrow(
      "The document must be valid JSON: line 1, column 2 must be a property name in double quotes, got the end",
    );
    expect(() => readScenario('{\n  "groups": [],\n  "groups": []\n}')).toThrow(
      "The document must be valid JSON: line 3, column 3 must be a property that the document doesn't have yet, " +
        "got 'groups', as in line 2",
    );
  });
});

const bad: [string, unknown, string | RegExp][] = [
  ["no object", 3, "The document must be an object, got 3"],
  ["no devices", { phases: valid.phases }, "groups must be an array of at least 1 item, got nothing"],
  ["an unknown property", { ...valid, group: 1 }, /^Each property must be one of .*groups.*, got 'group'$/],
  [
    "a count of 0",
    { ...valid, groups: [{ type: "truck", count: 0 }] },
    "groups[0].count must be an integer from 1 to 1000000, got 0",
  ],
  [
    "a duration without a unit",
    { ...valid, phases: [{ phase: "ramp", over: "10" }] },
    "phases[0].over must be a duration such as 500ms, 5s, 2m or 1h, got '10'",
  ],
  [
    "an unknown phase",
    { ...valid, phases: [{ phase: "rest" }] },
    "phases[0].phase must be one of ramp, hold, storm, churn, drain, got 'rest'",
  ],
  [
    "an unknown generator",
    withField({ generator: "dice" }),
    /^types\.mine\.fields\.a\.generator must be one of constant, random, .*, got 'dice'$/,
  ],
  [
    "a missing value",
    withField({ generator: "sine", mean: 1, period: "1m" }),
    "types.mine.fields.a.amplitude must be a number, got nothing",
  ],
  [
    "a name that needs brackets",
    { ...valid, types: { "my type": { fields: { a: { generator: "constant" } } } } },
    'types["my type"].fields.a.value must be a JSON value, got nothing',
  ],
  [
    "a short point",
    withField({ generator: "route", speedKmh: 10, points: [[1, 2], [3]] }),
    "types.mine.fields.a.points[1] must be an array of 2 items, got an array of 1 item",
  ],
  [
    "a latitude off the earth",
    withField({
      generator: "route",
      speedKmh: 10,
      points: [
        [1, 2],
        [91, 0],
      ],
    }),
    "types.mine.fields.a.points[1][0] must be a latitude from -90 to 90, got 91",
  ],
  [
    "a fault of no device",
    { ...valid, faults: [{ fault: "drop", at: "1s" }] },
    "faults[0].devices must be an object, got nothing",
  ],
  [
    "a fault with another fault's option",
    { ...valid, faults: [{ fault: "stopListening", at: "1s", ms: 3 }] },
    "Each property of faults[0] must be one of fault, at, for, got 'ms'",
  ],
  [
    "a fault of an unknown group",
    { ...valid, faults: [{ fault: "drop", at: "1s", devices: { group: "x" } }] },
    "faults[0].devices.group must be one of the groups: thermostat, got 'x'",
  ],
  [
    "a fault away from the local hub",
    {
      ...valid,
      groups: [{ type: "truck", count: 1, connect: { from: "policy", secret: "HUB" } }],
      faults: [{ fault: "stopListening", at: "1s" }],
    },
    "faults[0].fault must be absent, because no group is at the local hub, got 'stopListening'",
  ],
  [
    "an unknown type",
    { ...valid, groups: [{ type: "toaster", count: 1 }] },
    /^groups\[0\]\.type must be one of the types: thermostat, .*, got 'toaster'$/,
  ],
  [
    "two groups of one name",
    { ...valid, groups: [valid.groups[0], valid.groups[0]] },
    "groups[1].name must be a name that no other group has, got 'thermostat'",
  ],
  [
    "one id for several devices",
    { ...valid, groups: [{ type: "truck", count: 2, id: "truck" }] },
    "groups[0].id must be a string with {n}, because the group has several devices, got 'truck'",
  ],
  [
    "an id that no hub allows",
    { ...valid, groups: [{ type: "truck", count: 1, id: "a truck" }] },
    "groups[0].id must be a device id of at most 128 characters that IoT Hub allows, got 'a truck'",
  ],
  [
    "modules without a hub that creates them",
    { ...valid, groups: [{ type: "gateway", count: 1, connect: { from: "connectionString", secret: "S" } }] },
    "groups[0].connect.from must be localHub or policy, because the type has modules, got 'connectionString'",
  ],
  [
    "phases that don't begin with a ramp",
    { ...valid, phases: [{ phase: "hold", for: "1s" }] },
    "phases[0].phase must be ramp, because devices connect first, got 'hold'",
  ],
  [
    "a drain before the end",
    { ...valid, phases: [valid.phases[0], { phase: "drain", within: "1s" }, valid.phases[1]] },
    "phases[1].phase must be another phase: only the last is a drain, got 'drain'",
  ],
  [
    "a threshold without a limit",
    { ...valid, thresholds: [{ metric: "lost" }] },
    "thresholds[0] must be an object with a minimum or a maximum, got neither",
  ],
  [
    "an expression that can't be parsed",
    withField({ generator: "expression", expression: "1 +" }),
    /^types\.mine\.fields\.a\.expression must be an expression, got '1 \+' \(Expected expression/,
  ],
  [
    "an expression that reads a later field",
    withField({ generator: "expression", expression: "b + 1" }),
    "types.mine.fields.a.expression must be an expression over t, n, device, desired, got one that reads 'b'",
  ],
  [
    "an expression that calls anything else",
    withField({ generator: "expression", expression: "fetch('x')" }),
    /^types\.mine\.fields\.a\.expression must be an expression, got .*'fetch' isn't a function; the functions are abs/,
  ],
  [
    "weights that don't fit",
    withField({ generator: "enum", values: [1, 2], weights: [1] }),
    "types.mine.fields.a.weights must be 2 numbers that aren't all 0, got 1 of them",
  ],
  [
    "a file that isn't there",
    withField({ generator: "replay", file: "log.csv", column: "a" }),
    "types.mine.fields.a.file must be the name of one of `files`, or of a CSV file next to the scenario, got 'log.csv'",
  ],
  [
    "a column that isn't there",
    { ...withField({ generator: "replay", file: "log.csv", column: "b" }), files: { "log.csv": "a\n1" } },
    "types.mine.fields.a.column must be a column of 'log.csv' with at least one value, got 'b'",
  ],
  [
    "a message with an unknown field",
    withType({ messages: [{ every: "1s", fields: ["a"] }] }),
    "types.mine.messages[0].fields[0] must be absent, because the type has no fields, got 'a'",
  ],
  [
    "a module with modules",
    withType({ modules: { inner: "gateway" } }),
    "types.mine.modules.inner must be a type without modules and uploads, because a module has neither, got 'gateway'",
  ],
  ["no phases", { ...valid, phases: [] }, "phases must be an array of at least 1 item, got an empty array"],
  [
    "an interval of zero",
    withType({ messages: [{ every: "0.0s" }] }),
    "types.mine.messages[0].every must be a duration of more than 0, such as 500ms, 5s, 2m or 1h, got '0.0s'",
  ],
  [
    "a fault after the end",
    { ...valid, faults: [{ fault: "stopListening", at: "42s" }] },
    "faults[0].at must be a time before the end of the run, 41s, got '42s'",
  ],
  [
    "a threshold that nothing passes",
    { ...valid, thresholds: [{ metric: "sent", minimum: 5, maximum: 1 }] },
    "thresholds[0].maximum must be at least the minimum, 5, got 1",
  ],
  [
    "two groups of the same ids",
    { ...valid, groups: [valid.groups[0], { type: "truck", count: 3, id: "thermostat-{n}" }] },
    "groups[1].id must be an id that no other group has, got 'thermostat-{n}' with the device 'thermostat-1'",
  ],
  [
    "two groups that share one id",
    {
      ...valid,
      groups: [
        { name: "a", type: "truck", count: 12, id: "x.{n}" },
        { name: "b", type: "truck", count: 3, id: "x.1{n}" },
        { name: "c", type: "truck", count: 2, id: "x.0{n}" },
        { name: "d", type: "truck", count: 2, id: "xy1{n}" },
      ],
    },
    "groups[1].id must be an id that no other group has, got 'x.1{n}' with the device 'x.11'",
  ],
  [
    "two groups with the same connection strings",
    {
      ...valid,
      groups: ["a", "b"].map((name) => ({
        name,
        type: "truck",
        count: 2,
        connect: { from: "connectionString", secret: "DEVICES" },
      })),
    },
    "groups[1].connect.secret must be a secret that no other group has, because each line is one device, got 'DEVICES'",
  ],
  [
    "a module with a name that isn't an id",
    withType({ modules: { "my module": "sensorModule" } }),
    "types.mine.modules[\"my module\"] must be named by a module id that IoT Hub allows, got 'my module'",
  ],
  [
    "an initial value that its property doesn't allow",
    withType({ desired: { level: { type: "number", maximum: 5, initial: 6 } } }),
    "types.mine.desired.level.initial must be at most 5, got 6",
  ],
  [
    "an initial value of another type",
    withType({ desired: { level: { type: "integer", initial: "6" } } }),
    "types.mine.desired.level.initial must be an integer, got '6'",
  ],
  [
    "limits that nothing is between",
    withType({ desired: { level: { minimum: 5, maximum: 1 } } }),
    "types.mine.desired.level.maximum must be at least the minimum, 5, got 1",
  ],
  [
    "the property that numbers messages",
    withType({ messages: [{ every: "1s", properties: { messageNumber: "1" } }] }),
    "types.mine.messages[0].properties.messageNumber must be absent, because the simulator numbers the messages with this property, got '1'",
  ],
  [
    "an expression that calls the result of a call",
    withField({ generator: "expression", expression: "abs(1)(2)" }),
    "types.mine.fields.a.expression must be an expression, got 'abs(1)(2)' (A call must name a function)",
  ],
];

describe("a document", () => {
  it.each(bad)("with %s is rejected", (_title, document, message) => {
    expect(lines(document)).toEqual([typeof message === "string" ? message : expect.stringMatching(message)]);
  });
});

describe("the published schema", () => {
  const schema = JSON.parse(readFileSync(new URL("../../scenario.schema.json", import.meta.url), "utf8"));
  const validate = new Ajv2020.default({ discriminator: true, allErrors: true, strictTypes: false }).compile(
    schema,
  );

  it("accepts what we accept", () => {
    expect(validate(valid), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...valid, types: readyTypes }), JSON.stringify(validate.errors)).toBe(true);
  });

  it("is the one that documents are checked against", () => {
    const broken = bad
      .slice(0, 14)
      .filter(([title]) => title !== "a latitude off the earth" && title !== "a fault of an unknown group");
    for (const [title, document] of broken) expect(validate(document), title).toBe(false);
  });
});
