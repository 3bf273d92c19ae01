import { isJsonObject } from "@isohub/core/internal";
import { equal, isPrimitive } from "./values.ts";

/** A function of the query language. */
export interface QueryFunction {
  /** The smallest number of parameters. */
  readonly least: number;
  /** The largest number of parameters. */
  readonly most: number;
  /** Returns `undefined` for parameters of the wrong type. */
  run(...values: readonly unknown[]): unknown;
}

const test = (is: (value: unknown) => boolean): QueryFunction => ({ least: 1, most: 1, run: is });

const ofNumber = (run: (value: number) => number): QueryFunction => ({
  least: 1,
  most: 1,
  run: (value) => (typeof value === "number" ? finite(run(value)) : undefined),
});

const ofText = (run: (value: string) => unknown): QueryFunction => ({
  least: 1,
  most: 1,
  run: (value) => (typeof value === "string" ? run(value) : undefined),
});

const ofTexts = (run: (text: string, part: string) => unknown): QueryFunction => ({
  least: 2,
  most: 2,
  run: (text, part) => (typeof text === "string" && typeof part === "string" ? run(text, part) : undefined),
});

/**
 * The functions by name, in lower case and without underscores: the documentation has both `STARTS_WITH` and `STARTSWITH`.
 *
 * @source IoT Hub documentation, "IoT Hub query language", functions
 */
export const functions: ReadonlyMap<string, QueryFunction> = new Map<string, QueryFunction>([
  ["isdefined", test((value) => value !== undefined)],
  ["isnull", test((value) => value === null)],
  ["isbool", test((value) => typeof value === "boolean")],
  ["isnumber", test((value) => typeof value === "number")],
  ["isstring", test((value) => typeof value === "string")],
  ["isarray", test(Array.isArray)],
  ["isobject", test(isJsonObject)],
  ["isprimitive", test(isPrimitive)],
  ["asnumber", { least: 1, most: 1, run: numberOf }],
  ["abs", ofNumber(Math.abs)],
  ["exp", ofNumber(Math.exp)],
  ["ceiling", ofNumber(Math.ceil)],
  ["floor", ofNumber(Math.floor)],
  ["sign", ofNumber(Math.sign)],
  ["sqrt", ofNumber(Math.sqrt)],
  ["square", ofNumber((value) => value * value)],
  [
    "power",
    {
      least: 2,
      most: 2,
      run: (base, power) =>
        typeof base === "number" && typeof power === "number" ? finite(base ** power) : undefined,
    },
  ],
  ["length", ofText((text) => text.length)],
  ["lower", ofText((text) => text.toLowerCase())],
  ["upper", ofText((text) => text.toUpperCase())],
  ["startswith", ofTexts((text, part) => text.startsWith(part))],
  ["endswith", ofTexts((text, part) => text.endsWith(part))],
  ["contains", ofTexts((text, part) => text.includes(part))],
  ["indexof", ofTexts((text, part) => text.indexOf(part))],
  ["substring", { least: 2, most: 3, run: substring }],
  [
    "concat",
    {
      least: 2,
      most: 100,
      run: (...texts) => (texts.every((text) => typeof text === "string") ? texts.join("") : undefined),
    },
  ],
  [
    "arraycontains",
    {
      least: 2,
      most: 2,
      run: (array, value) =>
        Array.isArray(array) ? array.some((item) => equal(item, value) === true) : undefined,
    },
  ],
]);

function substring(text: unknown, start: unknown, length: unknown): string | undefined {
  if (typeof text !== "string" || typeof start !== "number") return undefined;
  if (length === undefined) return text.slice(Math.max(0, start));
  return typeof length === "number" ? text.substring(start, start + Math.max(0, length)) : undefined;
}

function numberOf(value: unknown): number | undefined {
  const isNumeral = typeof value === "string" && value.trim() !== "";
  return isNumeral ? finite(Number(value)) : typeof value === "number" ? value : undefined;
}

/** Returns a number, or `undefined` if it isn't finite: JSON has no other numbers. */
export function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
