import { asError, shown } from "@isohub/core/internal";
import { csvColumn } from "../document/csv.ts";
import type { DeviceType, MessageSpec } from "../document/device-type.ts";
import type { Generator } from "../document/generators.ts";
import { isIdentity } from "../document/group-ids.ts";
import { type ParsedExpression, parseExpression } from "../expressions/expression.ts";
import { type DocumentProblem, limitProblems, memberPath, problemAt } from "../schema/problems.ts";
import { desiredProblems } from "./desired-property.ts";

/** The name of the application property with the number of a message. */
export const messageNumberProperty = "messageNumber";

/** The names that every expression can read: seconds since the device's start, the message's number, the device's, and desired properties. */
export const scopeNames: readonly string[] = ["t", "n", "device", "desired"];

/** The parts of a scenario that a device type can refer to. */
export interface TypeContext {
  readonly files: Readonly<Record<string, string>>;
  /** All types by name. */
  readonly types: Readonly<Record<string, DeviceType>>;
}

/** Lists the invalid references of a device type, and numbers that contradict each other. */
export function typeProblems(type: DeviceType, path: string, context: TypeContext): DocumentProblem[] {
  const fields = Object.entries(type.fields ?? {});
  const names = fields.map(([name]) => name);
  const known: string[] = [...scopeNames];
  const problems = fields.flatMap(([name, generator]) => {
    const at = memberPath(memberPath(path, "fields"), name);
    const found = generatorProblems(generator, at, known, context.files);
    known.push(name);
    return found;
  });
  const messages = (type.messages ?? []).flatMap((message, index) =>
    messageProblems(message, memberPath(memberPath(path, "messages"), index), names, known),
  );
  const modules = Object.entries(type.modules ?? {}).flatMap(([name, typeName]) =>
    moduleProblems(name, typeName, memberPath(memberPath(path, "modules"), name), context.types),
  );
  const desired = Object.entries(type.desired ?? {}).flatMap(([name, property]) =>
    desiredProblems(property, memberPath(memberPath(path, "desired"), name)),
  );
  return [...problems, ...messages, ...modules, ...desired];
}

function generatorProblems(
  generator: Generator,
  path: string,
  known: readonly string[],
  files: TypeContext["files"],
): DocumentProblem[] {
  switch (generator.generator) {
    case "random":
    case "randomWalk":
      return limitProblems(generator, path);
    case "enum": {
      const { weights, values } = generator;
      if (weights === undefined || (weights.length === values.length && weights.some((each) => each > 0)))
        return [];
      return [
        {
          path: memberPath(path, "weights"),
          rule: `${values.length} numbers that aren't all 0`,
          got: `${weights.length} of them`,
        },
      ];
    }
    case "route":
      return generator.points.flatMap(([latitude = 0], index) =>
        Math.abs(latitude) <= 90
          ? []
          : [
              problemAt(
                memberPath(memberPath(memberPath(path, "points"), index), 0),
                "a latitude from -90 to 90",
                latitude,
              ),
            ],
      );
    case "replay": {
      const content = Object.hasOwn(files, generator.file) ? files[generator.file] : undefined;
      if (content === undefined)
        return [
          problemAt(
            memberPath(path, "file"),
            "the name of one of `files`, or of a CSV file next to the scenario",
            generator.file,
          ),
        ];
      if ((csvColumn(content, generator.column) ?? []).length > 0) return [];
      return [
        problemAt(
          memberPath(path, "column"),
          `a column of '${generator.file}' with at least one value`,
          generator.column,
        ),
      ];
    }
    case "expression":
      return expressionProblems(generator.expression, memberPath(path, "expression"), known);
    default:
      return [];
  }
}

function messageProblems(
  { fields = [], properties = {}, when }: MessageSpec,
  path: string,
  names: readonly string[],
  known: readonly string[],
): DocumentProblem[] {
  const rule =
    names.length === 0 ? "absent, because the type has no fields" : `one of the fields: ${names.join(", ")}`;
  const unknownFields = fields.flatMap((name, index) =>
    names.includes(name) ? [] : [problemAt(memberPath(memberPath(path, "fields"), index), rule, name)],
  );
  const computed = Object.entries(properties).flatMap(([name, value]) => {
    const at = memberPath(memberPath(path, "properties"), name);
    if (name === messageNumberProperty)
      return [problemAt(at, "absent, because the simulator numbers the messages with this property", value)];
    return value.startsWith("=") ? expressionProblems(value.slice(1), at, known) : [];
  });
  const condition = when === undefined ? [] : expressionProblems(when, memberPath(path, "when"), known);
  return [...unknownFields, ...computed, ...condition];
}

function moduleProblems(
  moduleId: string,
  name: string,
  path: string,
  types: TypeContext["types"],
): DocumentProblem[] {
  if (!isIdentity(moduleId))
    return [{ path, rule: "named by a module id that IoT Hub allows", got: shown(moduleId) }];
  const type = Object.hasOwn(types, name) ? types[name] : undefined;
  if (type === undefined)
    return [problemAt(path, `one of the types: ${Object.keys(types).join(", ")}`, name)];
  if (type.modules === undefined && type.uploads === undefined) return [];
  return [problemAt(path, "a type without modules and uploads, because a module has neither", name)];
}

/** Lists the problems of an expression, such as names that it can't read. */
function expressionProblems(text: string, path: string, known: readonly string[]): DocumentProblem[] {
  let parsed: ParsedExpression;
  try {
    parsed = parseExpression(text);
  } catch (error) {
    return [{ path, rule: "an expression", got: `'${text}' (${asError(error).message})` }];
  }
  return parsed.names
    .filter((name) => !known.includes(name))
    .map((name) => ({
      path,
      rule: `an expression over ${known.join(", ")}`,
      got: `one that reads '${name}'`,
    }));
}
