import { isJsonObject, shown } from "@isohub/core/internal";
import { HubError } from "../hub/hub-error.ts";
import type { Fields, Schema } from "./schema.ts";

const alternatives = new Intl.ListFormat("en-GB", { type: "disjunction" });

/**
 * Checks values against their fields. A field with the value `undefined` counts as omitted.
 *
 * @param prefix - of the names in messages, such as `from.`
 * @throws {HubError} ArgumentInvalid for a missing, invalid or unknown field
 */
export function checkFields(fields: Fields, values: Readonly<Record<string, unknown>>, prefix = ""): void {
  checkKnown(Object.keys(fields), values, prefix);
  for (const [name, { schema, isOptional, isBinary }] of Object.entries(fields)) {
    const value = values[name];
    if (value === undefined && isOptional) continue;
    if (isBinary !== true) check(schema, value, prefix + name);
    else if (!(value instanceof Uint8Array) && !isKind(schema, value)) {
      throw invalid(`${prefix}${name} must be ${ruleOf(schema)} or a Uint8Array, got ${shown(value)}`);
    }
  }
}

/** Returns what is wrong with values, without a period at its end; `undefined` if nothing is. */
export function problemIn(fields: Fields, values: Readonly<Record<string, unknown>>): string | undefined {
  try {
    checkFields(fields, values);
    return undefined;
  } catch (error) {
    if (error instanceof HubError) return error.message.replace(/\.$/, "");
    throw error;
  }
}

function check(schema: Schema, value: unknown, name: string): void {
  const { anyOf, oneOf, properties, items, additionalProperties } = schema;
  if (anyOf !== undefined) {
    // A value of the right kind gets the message about its own fault.
    const candidate = anyOf.find((each) => isKind(each, value));
    if (candidate === undefined) throw mustBe(name, schema, value);
    check(candidate, value, name);
  } else if (!isKind(schema, value)) throw mustBe(name, schema, value);
  else if (Array.isArray(value) && items !== undefined) {
    checkItems(schema, items, value, name);
  } else if (isJsonObject(value)) {
    if (oneOf !== undefined) check(variantOf(schema, value, name), value, name);
    if (properties !== undefined) checkProperties(schema, properties, value, name);
    else if (typeof additionalProperties === "object") {
      for (const [key, each] of Object.entries(value)) check(additionalProperties, each, `${name}.${key}`);
    }
  }
}

function checkItems(schema: Schema, items: Schema, values: readonly unknown[], name: string): void {
  for (const [at, item] of values.entries()) {
    if (items.type === "object" || items.pattern !== undefined) check(items, item, `${name}[${at}]`);
    else if (!isKind(items, item)) throw mustBe(name, schema, values);
  }
}

function checkProperties(
  { required = [] }: Schema,
  properties: Readonly<Record<string, Schema>>,
  values: Readonly<Record<string, unknown>>,
  name: string,
): void {
  checkKnown(Object.keys(properties), values, `${name}.`);
  for (const [key, schema] of Object.entries(properties)) {
    if (values[key] === undefined && !required.includes(key)) continue;
    check(schema, values[key], `${name}.${key}`);
  }
}

function checkKnown(
  known: readonly string[],
  values: Readonly<Record<string, unknown>>,
  prefix: string,
): void {
  const unknownKey = Object.keys(values).find((key) => values[key] !== undefined && !known.includes(key));
  if (unknownKey === undefined) return;
  const fields = known.length === 0 ? "there are none" : `the fields are ${known.join(", ")}`;
  throw invalid(`'${prefix}${unknownKey}' isn't a field; ${fields}`);
}

function variantOf(
  { oneOf = [], discriminator }: Schema,
  value: Readonly<Record<string, unknown>>,
  name: string,
): Schema {
  const { propertyName = "" } = discriminator ?? {};
  const choices = oneOf.flatMap(({ properties }) => properties?.[propertyName]?.enum ?? []);
  const variant = oneOf.find(({ properties }) =>
    properties?.[propertyName]?.enum?.some((each) => each === value[propertyName]),
  );
  if (variant !== undefined) return variant;
  throw mustBe(`${name}.${propertyName}`, { type: "string", enum: choices }, value[propertyName]);
}

/** Checks a value without what it contains. */
function isKind(schema: Schema, value: unknown): boolean {
  const { type, pattern, minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
  if (schema.enum !== undefined) return schema.enum.some((each) => each === value);
  switch (type) {
    case "string":
      return typeof value === "string" && (pattern === undefined || new RegExp(pattern).test(value));
    case "boolean":
      return typeof value === type;
    case "integer":
    case "number":
      return (
        typeof value === "number" &&
        (type === "number" || Number.isInteger(value)) &&
        value >= minimum &&
        value <= maximum
      );
    case "object":
      return isJsonObject(value);
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    default:
      return true;
  }
}

function mustBe(name: string, schema: Schema, value: unknown): HubError {
  const got =
    typeof value === "string" && schema.writeOnly ? `a string of ${value.length} characters` : shown(value);
  return invalid(`${name} must be ${ruleOf(schema)}, got ${got}`);
}

function ruleOf({ type, anyOf, items, minimum, maximum, title, ...schema }: Schema): string {
  if (anyOf !== undefined) return alternatives.format(anyOf.map(ruleOf));
  if (schema.enum !== undefined) return `${schema.enum.length > 1 ? "one of " : ""}${schema.enum.join(", ")}`;
  switch (type) {
    case "string":
      return title ?? "a string";
    case "integer":
    case "number":
      if (minimum === undefined) return "a number";
      return maximum === undefined
        ? `an integer from ${minimum}`
        : `an integer from ${minimum} to ${maximum}`;
    case "boolean":
      return "true or false";
    case "array":
      return items?.type === "string" ? "an array of strings" : "an array";
    case "null":
      return "null";
    default:
      return "an object";
  }
}

function invalid(problem: string): HubError {
  return new HubError("ArgumentInvalid", `${problem}.`);
}
