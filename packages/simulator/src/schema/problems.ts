import { isJsonObject, shown } from "@isohub/core/internal";
import type { Schema } from "./schema.ts";

/** A part of a document that breaks a rule. */
export interface DocumentProblem {
  /** The place in the document: `groups[0].count`. Empty for the document itself. */
  readonly path: string;
  /** The rule, as in "a duration such as 5s". */
  readonly rule: string;
  /** The value in the document, as in "'soon'". */
  readonly got: string;
}

/** The definitions that a `$ref` names. */
export type Definitions = Readonly<Record<string, Schema>>;

const alternatives = new Intl.ListFormat("en-GB", { type: "disjunction" });

/** Returns a problem as a sentence: `groups[0].count must be an integer from 1 to 1000000, got 0`. */
export function problemText({ path, rule, got }: DocumentProblem): string {
  return `${path === "" ? "The document" : path} must be ${rule}, got ${got}`;
}

/** Creates a problem with a value. */
export function problemAt(path: string, rule: string, value: unknown): DocumentProblem {
  return { path, rule, got: gotOf(value) };
}

function gotOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (!Array.isArray(value)) return shown(value);
  return value.length === 0 ? "an empty array" : `an array of ${itemsText(value.length)}`;
}

function itemsText(count: number): string {
  return count === 1 ? "1 item" : `${count} items`;
}

/** Lists a maximum that is less than its minimum. */
export function limitProblems(
  { minimum = -Infinity, maximum = Infinity }: { readonly minimum?: number; readonly maximum?: number },
  path: string,
): DocumentProblem[] {
  if (maximum >= minimum) return [];
  return [problemAt(memberPath(path, "maximum"), `at least the minimum, ${minimum}`, maximum)];
}

/** The path of a member. */
export function memberPath(path: string, name: string | number): string {
  if (typeof name === "number") return `${path}[${name}]`;
  if (!/^[\w$-]+$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}

/** Checks a value against a schema, and lists everything in it that breaks a rule. */
export function findProblems(
  schema: Schema,
  value: unknown,
  definitions: Definitions,
  path = "",
): DocumentProblem[] {
  const { $ref, anyOf, oneOf, items, properties, additionalProperties } = schema;
  const within = (inner: Schema, each: unknown, name: string | number): DocumentProblem[] =>
    findProblems(inner, each, definitions, memberPath(path, name));
  if ($ref !== undefined) return findProblems(definitionOf(schema, definitions), value, definitions, path);
  if (anyOf !== undefined) {
    // A value of the right kind gets the message about its own fault.
    const candidate = anyOf
      .map((each) => definitionOf(each, definitions))
      .find((each) => isKind(each, value));
    if (candidate === undefined) return [problemAt(path, ruleOf(schema, definitions), value)];
    return findProblems(candidate, value, definitions, path);
  }
  if (!isKind(schema, value) || !isInRange(schema, value))
    return [problemAt(path, ruleOf(schema, definitions), value)];
  if (Array.isArray(value))
    return items === undefined ? [] : value.flatMap((each, index) => within(items, each, index));
  if (!isJsonObject(value)) return [];
  if (oneOf !== undefined) return variantProblems(schema, value, definitions, path);
  const known = properties ?? {};
  const problems = Object.entries(known).flatMap(([name, each]) => {
    const isMissing = !Object.hasOwn(value, name) || value[name] === undefined;
    if (isMissing && schema.required?.includes(name) !== true) return [];
    return within(each, isMissing ? undefined : value[name], name);
  });
  const others = Object.keys(value).filter((name) => !Object.hasOwn(known, name));
  if (additionalProperties === false)
    return [...problems, ...others.map((name) => unknownProperty(path, name, Object.keys(known)))];
  if (typeof additionalProperties !== "object") return problems;
  return [...problems, ...others.flatMap((name) => within(additionalProperties, value[name], name))];
}

function unknownProperty(path: string, name: string, known: readonly string[]): DocumentProblem {
  return {
    path: path === "" ? "Each property" : `Each property of ${path}`,
    rule: `one of ${known.join(", ")}`,
    got: `'${name}'`,
  };
}

function variantProblems(
  { oneOf = [], discriminator }: Schema,
  value: Readonly<Record<string, unknown>>,
  definitions: Definitions,
  path: string,
): DocumentProblem[] {
  const property = discriminator?.propertyName ?? "";
  const candidates = oneOf.map((each) => definitionOf(each, definitions));
  const tagOf = (each: Schema): unknown => each.properties?.[property]?.const;
  const variant = candidates.find((each) => tagOf(each) === value[property]);
  if (variant !== undefined) return findProblems(variant, value, definitions, path);
  return [
    problemAt(memberPath(path, property), `one of ${candidates.map(tagOf).join(", ")}`, value[property]),
  ];
}

function definitionOf(schema: Schema, definitions: Definitions): Schema {
  if (schema.$ref === undefined) return schema;
  const found = definitions[schema.$ref.slice("#/$defs/".length)];
  if (found === undefined) throw new Error(`${schema.$ref} must be a definition of the schema`);
  return found;
}

/** Checks a value without its range and without what it contains. */
function isKind({ type, ...schema }: Schema, value: unknown): boolean {
  if (schema.const !== undefined) return schema.const === value;
  switch (type) {
    case "string":
    case "boolean":
      return typeof value === type;
    case "integer":
      return Number.isInteger(value);
    case "number":
      return Number.isFinite(value);
    case "object":
      return isJsonObject(value);
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    default:
      return value !== undefined;
  }
}

function isInRange(schema: Schema, value: unknown): boolean {
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity } = schema;
  const { minItems = 0, maxItems = Infinity } = schema;
  if (schema.enum !== undefined) return schema.enum.some((each) => each === value);
  if (typeof value === "number") return value >= minimum && value <= maximum && value > exclusiveMinimum;
  if (typeof value === "string" && schema.pattern !== undefined)
    return new RegExp(schema.pattern).test(value);
  if (Array.isArray(value)) return value.length >= minItems && value.length <= maxItems;
  return true;
}

/** States the rule of a schema, as it follows "must be". */
function ruleOf(schema: Schema, definitions: Definitions): string {
  const { type, anyOf, minimum, maximum, exclusiveMinimum, pattern, title, minItems, maxItems } =
    definitionOf(schema, definitions);
  const { enum: choices, const: constant } = definitionOf(schema, definitions);
  if (anyOf !== undefined) return alternatives.format(anyOf.map((each) => ruleOf(each, definitions)));
  if (constant !== undefined) return String(constant);
  if (choices !== undefined) return `one of ${choices.join(", ")}`;
  switch (type) {
    case "string":
      return pattern === undefined || title === undefined ? "a string" : title;
    case "integer":
    case "number": {
      const kind = type === "integer" ? "an integer" : "a number";
      if (exclusiveMinimum !== undefined) return `${kind} greater than ${exclusiveMinimum}`;
      if (minimum === undefined) return kind;
      return maximum === undefined
        ? `${kind} of at least ${minimum}`
        : `${kind} from ${minimum} to ${maximum}`;
    }
    case "boolean":
      return "true or false";
    case "array":
      if (minItems === undefined) return "an array";
      if (minItems === maxItems) return `an array of ${itemsText(minItems)}`;
      return `an array of at least ${itemsText(minItems)}`;
    case "null":
      return "null";
    case "object":
      return "an object";
    default:
      return "a JSON value";
  }
}
