import type { JsonObject } from "@isohub/core";
import { decodeBase64, isJsonObject } from "@isohub/core/internal";
import { HubError } from "../hub/hub-error.ts";

/** Reads the fields of a JSON body, each once, and refuses what is missing, of the wrong type, or not known. */
export class Fields {
  readonly #body: JsonObject;
  readonly #read = new Set<string>();

  /** @param body - an object that has been read already, such as the value of a field */
  constructor(body: JsonObject) {
    this.#body = body;
  }

  /** @throws {HubError} IotHubFormatError when the body is no JSON object. An empty body is an empty object. */
  static async of(request: { text(): Promise<string> }): Promise<Fields> {
    const text = await request.text();
    if (text === "") return new Fields({});
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      throw new HubError("IotHubFormatError", "The body is not valid JSON.");
    }
    if (!isJsonObject(body)) throw new HubError("IotHubFormatError", "The body must be a JSON object.");
    return new Fields(body);
  }

  /** The value of a field as it is; `undefined` when it is missing. */
  any(name: string): unknown {
    this.#read.add(name);
    return Object.hasOwn(this.#body, name) ? this.#body[name] : undefined;
  }

  text(name: string): string {
    return this.optionalText(name) ?? missing(name);
  }

  optionalText(name: string): string | undefined {
    const value = this.any(name);
    if (value === undefined || typeof value === "string") return value;
    throw invalid(`'${name}' must be a text`);
  }

  /** A text, or `null` where that says that there is none. */
  nullableText(name: string): string | null | undefined {
    return this.any(name) === null ? null : this.optionalText(name);
  }

  /** One of some texts. */
  optionalChoice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.optionalText(name);
    const choice = choices.find((one) => one === value);
    if (value !== undefined && choice === undefined) {
      throw invalid(`'${name}' must be one of ${choices.join(", ")}, got '${value}'`);
    }
    return choice;
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice {
    return this.optionalChoice(name, choices) ?? missing(name);
  }

  integer(name: string, least: number, most: number): number {
    return this.optionalInteger(name, least, most) ?? missing(name);
  }

  optionalInteger(name: string, least: number, most: number): number | undefined {
    const value = this.any(name);
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    throw invalid(`'${name}' must be a whole number from ${least} to ${most}`);
  }

  optionalObject(name: string): JsonObject | undefined {
    const value = this.any(name);
    if (value === undefined || isJsonObject(value)) return value;
    throw invalid(`'${name}' must be an object`);
  }

  /** An object of texts. */
  optionalTexts(name: string): Record<string, string> | undefined {
    const value = this.optionalObject(name);
    if (value === undefined || Object.values(value).every((one) => typeof one === "string")) {
      return value as Record<string, string> | undefined;
    }
    throw invalid(`'${name}' must be an object of texts`);
  }

  /** Bytes: a text, read as UTF-8 or as base64 by the field `{name}Encoding`. */
  bytes(name: string): string | Uint8Array {
    const text = this.text(name);
    if (this.optionalChoice(`${name}Encoding`, ["utf-8", "base64"]) !== "base64") return text;
    const bytes = decodeBase64(text);
    if (bytes === undefined) throw invalid(`'${name}' is not valid base64`);
    return bytes;
  }

  /** @throws {HubError} ArgumentInvalid when the body has a field that nobody has read. */
  end(): void {
    const unknown = Object.keys(this.#body).find((name) => !this.#read.has(name));
    if (unknown === undefined) return;
    throw invalid(`'${unknown}' is not a known field; known are ${[...this.#read].join(", ")}`);
  }
}

/** The object without its `undefined` members, which options do not take. */
export function defined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function missing(name: string): never {
  throw invalid(`'${name}' is missing`);
}

function invalid(rule: string): HubError {
  return new HubError("ArgumentInvalid", `The request is not valid: ${rule}.`);
}
