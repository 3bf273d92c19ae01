import type { JsonObject } from "@isohub/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HubError } from "../hub/hub-error.ts";
import { evaluate } from "./evaluation.ts";
import type { Expression } from "./expression.ts";
import { parseQuery } from "./parser.ts";
import { firstPosition, type QueryPage, type Row, runQuery } from "./run-query.ts";

const twins: JsonObject[] = [
  {
    deviceId: "a",
    status: "enabled",
    tags: { floor: 1, "odd name": "x", list: [1, "b"], from: "here", a: { b: { c: true } } },
    properties: { desired: { limit: 10 }, reported: { temperature: 21.5, on: true } },
    capabilities: { iotEdge: false },
  },
  {
    deviceId: "b",
    status: "disabled",
    tags: { floor: 2, none: null },
    properties: { desired: { limit: -3 }, reported: { temperature: 30, name: "Boiler" } },
    capabilities: { iotEdge: true },
  },
  {
    deviceId: "c",
    status: "enabled",
    tags: {},
    properties: { desired: {}, reported: { temperature: "hot" } },
    capabilities: { iotEdge: false },
  },
];
const rows: readonly Row[] = twins.map((twin, at) => ({ position: at * 7, twin: () => twin }));

const run = (text: string, pageSize = 100): QueryPage =>
  runQuery(parseQuery(text), rows, firstPosition, pageSize);
const idsWhere = (condition: string): string =>
  run(`SELECT * FROM devices WHERE ${condition}`)
    .items.map(({ deviceId }) => String(deviceId))
    .join("");

describe("a condition", () => {
  it.each([
    ["tags.floor = 1", "a"],
    ["TAGS.floor = 1", "a"],
    ["devices.tags.floor = 0x2", "b"],
    ["tags.Floor = 1", ""],
    ["DeviceId IN ['a', \"c\"]", "ac"],
    ["deviceId NIN ['a', 'c']", "b"],
    ["status != 'enabled'", "b"],
    ["status <> 'enabled'", "b"],
    ["tags.floor != 1", "b"],
    ["NOT tags.floor = 1", "b"],
    ["tags.floor = '1'", ""],
    ["tags.none = null", "b"],
    ["properties.reported.temperature > 21 AND properties.reported.temperature <= 30", "ab"],
    ["Properties.Reported.temperature >= 'h'", "c"],
    ["properties.desired.limit = -3", "b"],
    ["properties.desired.limit + 1 * 2 = 12", "a"],
    ["(properties.desired.limit - 1) * 2 % 4 = 2", "a"],
    ["properties.desired.limit / 0 = 1", ""],
    ["capabilities.iotEdge = true", "b"],
    ["capabilities.iotEdge", "b"],
    ["tags.a.b.c", "a"],
    ["tags.[[odd name]] = 'x'", "a"],
    ["tags[['odd name']] = 'x'", "a"],
    ["tags.from = 'here'", "a"],
    ["tags.list[1] = 'b'", "a"],
    ["array_contains(tags.list, 'b')", "a"],
    ["is_defined(tags.floor)", "ab"],
    ["NOT IS_DEFINED(tags.floor)", "c"],
    ["is_null(tags.none) OR is_string(properties.reported.temperature)", "bc"],
    ["is_number(tags.floor) AND is_bool(properties.reported.on)", "a"],
    ["is_object(tags.a) OR is_array(tags.list) OR is_primitive(tags.none)", "ab"],
    ["STARTSWITH(properties.reported.name, 'Boi')", "b"],
    ["starts_with(deviceId, 'c') OR ENDS_WITH(deviceId, 'a')", "ac"],
    ["contains(properties.reported.name, 'ile') AND length(properties.reported.name) = 6", "b"],
    ["substring(properties.reported.name, 1, 2) = 'oi' AND index_of(properties.reported.name, 'l') = 3", "b"],
    ["lower(properties.reported.name) + upper('x') = concat('boiler', 'X')", "b"],
    ["as_number('0x10') = 16 AND as_number(' 2.5') + as_number(tags.floor) = 4.5", "b"],
    ["is_defined(as_number('two')) OR is_defined(as_number('')) OR is_defined(as_number(true))", ""],
    ["abs(properties.desired.limit) = 3 AND power(2, 3) = square(2) + sqrt(16)", "b"],
    ["deviceId = 'a' OR tags.missing = 1", "a"],
    ["deviceId = 'a' AND NOT (tags.missing = 1)", ""],
    ["tags = tags", ""],
    ["undefined = undefined", ""],
    ["true", "abc"],
    ["deviceId", ""],
    ["deviceId = 'it\\'s'", ""],
    ["__proto__.x = 1 OR tags.constructor = 1", ""],
  ])("%s", (condition, ids) => {
    expect(idsWhere(condition)).toBe(ids);
  });
});

describe("an answer", () => {
  it("has the selected fields under their names, without those that are missing", () => {
    expect(run("select DeviceId, tags.floor, properties.reported.name AS label from DEVICES").items).toEqual([
      { deviceId: "a", floor: 1 },
      { deviceId: "b", floor: 2, label: "Boiler" },
      { deviceId: "c" },
    ]);
    expect(run("SELECT TOP 2 deviceId FROM devices").items).toEqual([{ deviceId: "a" }, { deviceId: "b" }]);
    expect(run("SELECT TOP 0 * FROM devices").items).toEqual([]);
  });

  it("has aggregates, of everything or of each group", () => {
    const reported = "properties.reported.temperature";
    const all = `COUNT() AS n, count(${reported}) AS t, AVG(tags.floor) AS a, SUM(tags.floor) AS s, MIN(deviceId) AS l, MAX(deviceId)`;
    expect(run(`SELECT ${all} FROM devices`).items).toEqual([{ n: 3, t: 3, a: 1.5, s: 3, l: "a", $6: "c" }]);
    expect(run(`SELECT ${all} FROM devices WHERE false`).items).toEqual([{ n: 0, t: 0 }]);
    expect(run("SELECT status, COUNT() AS n FROM devices GROUP BY status").items).toEqual([
      { status: "enabled", n: 2 },
      { status: "disabled", n: 1 },
    ]);
    expect(run("SELECT tags.floor AS f, COUNT() AS n FROM devices GROUP BY tags.floor").items).toHaveLength(
      3,
    );
  });

  it("is the same in pages of any size, even if twins disappear in between", () => {
    const queries = [
      "SELECT * FROM devices",
      "SELECT TOP 2 deviceId FROM devices WHERE is_defined(tags)",
      "SELECT status, COUNT() FROM devices GROUP BY status",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...queries), fc.integer({ min: 1, max: 4 }), (text, pageSize) => {
        const query = parseQuery(text);
        const paged: JsonObject[] = [];
        let page = runQuery(query, rows, firstPosition, pageSize);
        paged.push(...page.items);
        while (page.next !== undefined) {
          page = runQuery(query, rows, page.next, pageSize);
          expect(page.items).not.toEqual([]);
          paged.push(...page.items);
        }
        expect(paged).toEqual(run(text).items);
      }),
    );
    const query = parseQuery("SELECT deviceId FROM devices");
    const { next = firstPosition } = runQuery(query, rows, firstPosition, 1);
    expect(runQuery(query, rows.slice(1), next, 1).items).toEqual([{ deviceId: "b" }]);
  });
});

const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc
      .oneof(fc.string(), fc.nat(), fc.constantFrom(true, false, null, undefined))
      .map((value): Expression => ({ kind: "literal", value })),
    fc
      .array(fc.oneof(fc.constantFrom("a", "select", "x y", "é"), fc.nat(3)), { maxLength: 3 })
      .map((segments): Expression => ({ kind: "path", segments: ["tags", ...segments] })),
    fc.array(tie("expression"), { maxLength: 2 }).map((items): Expression => ({ kind: "array", items })),
    tie("expression").map((each): Expression => ({ kind: "call", name: "isdefined", parameters: [each] })),
    fc
      .tuple(fc.constantFrom("not", "negate"), tie("expression"))
      .map(([kind, operand]): Expression => ({ kind, operand })),
    fc
      .tuple(
        fc.constantFrom("or", "and", "=", "!=", "<", ">", "<=", ">=", "in", "nin", "+", "-", "*", "/", "%"),
        tie("expression"),
        tie("expression"),
      )
      .map(([operator, left, right]): Expression => ({ kind: "binary", operator, left, right })),
  ),
}));

/** Writes an expression with parentheses around each part. */
function written(part: Expression): string {
  switch (part.kind) {
    case "literal":
      return typeof part.value === "string" ? quote(part.value) : String(part.value);
    case "path":
      return part.segments
        .map((name, at) => (typeof name === "number" ? `[${name}]` : at === 0 ? name : `.[[${name}]]`))
        .join("");
    case "array":
      return `[ ${part.items.map((item) => `(${written(item)})`).join(", ")} ]`;
    case "call":
      return `IS_DEFINED(${part.parameters.map(written).join(", ")})`;
    case "not":
    case "negate":
      return `${part.kind === "not" ? "NOT " : "- "}(${written(part.operand)})`;
    case "binary":
      return `(${written(part.left)}) ${part.operator.toUpperCase()} (${written(part.right)})`;
  }
}

describe("the parser", () => {
  it("reads every expression as it is written", () => {
    fc.assert(
      fc.property(expression, (tree) => {
        const { where } = parseQuery(`SELECT * FROM devices WHERE ${written(tree)}`);
        expect(where).toEqual(tree);
        // No value of any expression is an exception.
        for (const twin of twins) evaluate(tree, twin);
      }),
    );
  });

  it("refuses everything else with the place of the problem", () => {
    const words =
      "SELECT * FROM devices WHERE a ( ) [ ] , . 'x' 1 = AND NOT IN GROUP BY COUNT TOP AS [[b]] -".split(" ");
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...words)).map((each) => each.join(" ")),
    );
    fc.assert(
      fc.property(text, (query) => {
        try {
          parseQuery(query);
        } catch (error) {
          expect(error).toBeInstanceOf(HubError);
          expect(String(error)).toMatch(/^ArgumentInvalid: The query isn't valid at character \d+: /);
        }
      }),
    );
  });

  it.each([
    ["", "character 1: expected 'SELECT', got the end"],
    [
      "SELECT * FROM twins",
      "character 15: FROM must be followed by devices, devices.modules or devices.jobs",
    ],
    ["SELECT * FROM devices WHERE", "character 28: expected a name, got the end"],
    ["SELECT * FROM devices WHERE tags.a = 'x", "character 38: ''' isn't part"],
    ["SELECT * FROM devices WHERE sleep(1)", "character 29: there is no function sleep"],
    ["SELECT * FROM devices WHERE abs(1, 2)", "the parameters of abs must be exactly 1, got 2"],
    ["SELECT * FROM devices ORDER BY deviceId", "character 23: expected the end of the query, got 'ORDER'"],
    ["SELECT deviceId, COUNT() FROM devices", "the column deviceId must be in GROUP BY"],
    ["SELECT * FROM devices GROUP BY status", "GROUP BY can't be combined with SELECT *"],
    ["SELECT AVG() FROM devices", "AVG must have a parameter"],
    [`SELECT * FROM devices WHERE ${"(".repeat(4000)}`, "the query must be up to 64 levels deep"],
    [`SELECT * FROM devices WHERE ${"NOT ".repeat(2000)}true`, "the query must be up to 64 levels deep"],
    [`SELECT * FROM devices WHERE ${"1".repeat(8192)}`, "the query must be up to 8192 characters long"],
  ])("names the problem of %.40s", (query, message) => {
    expect(() => parseQuery(query)).toThrow(message);
  });

  it("reads a long chain", () => {
    expect(idsWhere(`${"1+".repeat(4000)}1 = 4001`)).toBe("abc");
  });
});
