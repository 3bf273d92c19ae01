import type { JsonObject } from "@isohub/core";
import { isJsonObject } from "@isohub/core/internal";
import { HubError } from "../hub/hub-error.ts";

/**
 * Reads the fields of a JSON object by type, whatever the case of their names. `null` counts as missing, except where it clears a
 * field; a field of another type is an error.
 */
export class Fields {
  readonly #object: JsonObject;
  readonly #path: string;

  /**
   * @param value - a JSON object
   * @param path - its name, for messages
   * @throws {HubError} ArgumentInvalid
   */
  constructor(value: unknown, path: string) {
    if (!isJsonObject(value)) throw invalid(path, "a JSON object", value);
    this.#object = value;
    this.#path = path;
  }

  text(name: string): string | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === "string") return value;
    throw invalid(this.#pathOf(name), "a string", value);
  }

  /** Returns a string, or `null` to clear the field. */
  clearable(name: string): string | null | undefined {
    const given = this.#nameOf(name);
    return given !== undefined && this.#object[given] === null ? null : this.text(name);
  }

  flag(name: string): boolean | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === "boolean") return value;
    throw invalid(this.#pathOf(name), "true or false", value);
  }

  number(name: string): number | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === "number") return value;
    throw invalid(this.#pathOf(name), "a number", value);
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.#get(name);
    if (value === undefined || isTexts(value)) return value;
    throw invalid(this.#pathOf(name), "an array of strings", value);
  }

  /** Returns the fields of each object of an array. */
  list(name: string): Fields[] | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw invalid(this.#pathOf(name), "an array of objects", value);
    return value.map((item: unknown, at) => new Fields(item, `${this.#pathOf(name)}[${at}]`));
  }

  /** Returns the fields of an object; those of an empty one if it is missing. */
  fields(name: string): Fields {
    return new Fields(this.#get(name) ?? {}, this.#pathOf(name));
  }

  /** Returns a JSON object. */
  json(name: string): JsonObject | undefined {
    const value = this.#get(name);
    if (value === undefined || isJsonObject(value)) return value;
    throw invalid(this.#pathOf(name), "a JSON object", value);
  }

  /** Returns all fields, of any type. */
  entries(): [name: string, value: unknown][] {
    return Object.entries(this.#object);
  }

  #get(name: string): unknown {
    const given = this.#nameOf(name);
    return given === undefined ? undefined : (this.#object[given] ?? undefined);
  }

  // The hub reads names in any case: Node's client sends the etag of a bulk request as `etag`, others as `eTag`.
  #nameOf(name: string): string | undefined {
    if (Object.hasOwn(this.#object, name)) return name;
    const wanted = name.toLowerCase();
    return Object.keys(this.#object).find((each) => each.toLowerCase() === wanted);
  }

  #pathOf(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function invalid(path: string, rule: string, value: unknown): HubError {
  const kind = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
  return new HubError("ArgumentInvalid", `${path || "the body"} must be ${rule}, got ${kind}.`);
}
