/** A JSON Schema (draft 2020-12), limited to the keywords that `checkScenario` understands. */
export interface Schema {
  readonly $ref?: string;
  /** The name of a definition. For a string with a pattern, the rule as messages state it. */
  readonly title?: string;
  readonly description?: string;
  readonly type?: "string" | "integer" | "number" | "boolean" | "object" | "array" | "null";
  readonly const?: string | number | boolean;
  readonly enum?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly pattern?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** Values of several kinds, each of another type. */
  readonly anyOf?: readonly Schema[];
  /** Several objects, selected by the value of the property that `discriminator` names. */
  readonly oneOf?: readonly Schema[];
  readonly discriminator?: { readonly propertyName: string };
}

/** A property of an object. */
export interface Property {
  readonly schema: Schema;
  readonly isOptional: boolean;
}

/** The properties of an object, in the order in which documents list them. */
export type Properties = Readonly<Record<string, Schema | Property>>;

/** Makes a property optional. @param byDefault - the value that omitting it means, if that is a constant */
export function optional(schema: Schema, byDefault?: unknown): Property {
  return { schema: byDefault === undefined ? schema : { ...schema, default: byDefault }, isOptional: true };
}

/** Adds a description. */
export function described(description: string, schema: Schema): Schema {
  return { ...schema, description };
}

/** A string. */
export function text(description: string): Schema {
  return { type: "string", description };
}

/** A string with a form. @param rule - the form, as messages state it: "a duration such as 5s" */
export function formed(rule: string, pattern: string): Schema {
  return { type: "string", title: rule, pattern };
}

/** A number, perhaps in a range. */
export function number(
  description: string,
  range: Pick<Schema, "minimum" | "maximum" | "exclusiveMinimum"> = {},
): Schema {
  return { type: "number", description, ...range };
}

/** An integer in a range. */
export function integer(description: string, minimum: number, maximum: number): Schema {
  return { type: "integer", description, minimum, maximum };
}

/** True or false. */
export function flag(description: string): Schema {
  return { type: "boolean", description };
}

/** One of several strings. */
export function choice(description: string, ...choices: readonly string[]): Schema {
  return { type: "string", description, enum: choices };
}

/** An array. */
export function list(
  description: string,
  items: Schema,
  size: Pick<Schema, "minItems" | "maxItems"> = {},
): Schema {
  return { type: "array", description, items, ...size };
}

/** An object with arbitrary names. */
export function record(description: string, additionalProperties: Schema = {}): Schema {
  return { type: "object", description, additionalProperties };
}

/** Any JSON. */
export function json(description: string): Schema {
  return { description };
}

/** A value of one of several kinds. */
export function either(description: string, ...anyOf: readonly Schema[]): Schema {
  return { description, anyOf };
}

/** An object with these properties and no others. */
export function object(description: string, properties: Properties): Schema {
  const entries = Object.entries(properties).map(([name, each]): [string, Property] => [
    name,
    "isOptional" in each ? each : { schema: each, isOptional: false },
  ]);
  const required = entries.filter(([, { isOptional }]) => !isOptional).map(([name]) => name);
  return {
    type: "object",
    description,
    properties: Object.fromEntries(entries.map(([name, { schema }]) => [name, schema])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

/** The value that selects an object in {@link variants}. */
export function tag(value: string): Schema {
  return { type: "string", const: value };
}

/** One of several objects, selected by the property `propertyName`, which is a {@link tag} in each. */
export function variants(description: string, propertyName: string, ...oneOf: readonly Schema[]): Schema {
  return { description, type: "object", discriminator: { propertyName }, oneOf };
}

/** A definition of the document. */
export function ref(name: string): Schema {
  return { $ref: `#/$defs/${name}` };
}
