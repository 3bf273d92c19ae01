/** A JSON Schema (draft 2020-12, as in OpenAPI 3.1), limited to the keywords that {@link checkFields} understands. */
export interface Schema {
  readonly $ref?: string;
  /** The rule of a string with a pattern, for messages. */
  readonly title?: string;
  readonly description?: string;
  readonly type?: "string" | "integer" | "number" | "boolean" | "object" | "array" | "null";
  readonly enum?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  /** A secret: messages don't show it. */
  readonly writeOnly?: boolean;
  readonly format?: string;
  readonly contentEncoding?: string;
  readonly default?: string | number | boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  /** One of several objects, selected by the property that `discriminator` names. */
  readonly oneOf?: readonly Schema[];
  readonly discriminator?: { readonly propertyName: string };
}

/** A field of an object. */
export interface Field<Optional extends boolean = boolean> {
  readonly schema: Schema;
  readonly isOptional: Optional;
  /** Bytes in process. In JSON a string, with a second field `{name}Encoding` that is `utf-8` or `base64`. */
  readonly isBinary?: boolean;
}

/** The fields of an object, in the order in which documents list them. */
export type Fields = Readonly<Record<string, Field>>;

/** The fields of an object of the type `T`: exactly its properties, each optional or required as in `T`. */
export type FieldsOf<T> = {
  readonly [Key in keyof T]-?: Field<undefined extends T[Key] ? true : false>;
};

/** The type of a method's last argument if that is an object of options, else an empty object. */
export type OptionsOf<Method> = Method extends (...args: infer Arguments) => unknown
  ? Required<Arguments> extends [...unknown[], infer Last]
    ? Last extends string | number | boolean | Uint8Array
      ? Record<never, never>
      : Last
    : Record<never, never>
  : never;

type RequiredField = Field<false>;

function required(schema: Schema): RequiredField {
  return { schema, isOptional: false };
}

/** Makes a field optional. @param byDefault - the value that omitting it means, if that is a constant */
export function optional(field: RequiredField, byDefault?: string | number | boolean): Field<true> {
  const schema = byDefault === undefined ? field.schema : { ...field.schema, default: byDefault };
  return { ...field, schema, isOptional: true };
}

/** A string. @param description - for the OpenAPI document */
export function text(description?: string): RequiredField {
  return required({ type: "string", ...(description === undefined ? {} : { description }) });
}

/** A time, ISO 8601 in UTC. */
export function time(): RequiredField {
  return required({ type: "string", format: "date-time" });
}

/** An integer in a range. */
export function integer(minimum: number, maximum: number, description?: string): RequiredField {
  return required({
    type: "integer",
    minimum,
    maximum,
    ...(description === undefined ? {} : { description }),
  });
}

/** An integer from 0. */
export function count(): RequiredField {
  return required({ type: "integer", minimum: 0 });
}

/** True or false. */
export function flag(): RequiredField {
  return required({ type: "boolean" });
}

/** One of several strings. */
export function choice<Choice extends string>(...choices: readonly Choice[]): RequiredField {
  return required({ type: "string", enum: choices });
}

/** An array. */
export function list({ schema: items }: RequiredField): RequiredField {
  return required({ type: "array", items });
}

/** An object with arbitrary keys. @param values - the schema of its values; any JSON by default */
export function record(values?: RequiredField): RequiredField {
  return required({
    type: "object",
    ...(values === undefined ? {} : { additionalProperties: values.schema }),
  });
}

/** Any JSON. */
export function json(): RequiredField {
  return required({});
}

/** A value of one of several kinds. */
export function either(...fields: readonly RequiredField[]): RequiredField {
  return required({ anyOf: fields.map(({ schema }) => schema) });
}

/** A value or `null`. */
export function nullable(field: RequiredField): RequiredField {
  return either(field, required({ type: "null" }));
}

/** A string or bytes, or whatever else `others` allow. */
export function bytes(...others: readonly RequiredField[]): RequiredField {
  const field = others.length === 0 ? text() : either(text(), ...others);
  return { ...field, isBinary: true };
}

/** An object of the type `T`. */
export function object<T>(fields: FieldsOf<T>): RequiredField {
  return objectOf(fields);
}

/** An object with these fields and no others. */
export function objectOf(fields: Fields): RequiredField {
  const entries = Object.entries(fields);
  const requiredNames = entries.filter(([, { isOptional }]) => !isOptional).map(([name]) => name);
  return required({
    type: "object",
    properties: Object.fromEntries(entries.map(([name, { schema }]) => [name, schema])),
    ...(requiredNames.length === 0 ? {} : { required: requiredNames }),
    additionalProperties: false,
  });
}

/** One of several objects, selected by the property `propertyName`, which is a {@link choice} in each. */
export function variants(propertyName: string, ...objects: readonly RequiredField[]): RequiredField {
  return required({
    type: "object",
    discriminator: { propertyName },
    oneOf: objects.map(({ schema }) => schema),
  });
}

/** A schema among the components of the OpenAPI document. */
export function ref(name: string): RequiredField {
  return required({ $ref: `#/components/schemas/${name}` });
}
