import type { JsonObject } from "@isohub/core";
import { brokenRule } from "../checks/desired-property.ts";
import type { DesiredProperty, DeviceType } from "../document/device-type.ts";
import { durationMs } from "../document/duration.ts";

/** A reported patch, and the time to wait before it. */
export interface Reaction {
  readonly patch: JsonObject;
  readonly delayMs: number;
}

/** The desired properties of a device, with the reactions that its type describes. */
export class DeviceTwin {
  readonly #properties: Readonly<Record<string, DesiredProperty>>;
  readonly #values: Record<string, unknown> = {};

  constructor({ desired = {} }: DeviceType) {
    this.#properties = desired;
    for (const [name, { initial }] of Object.entries(desired))
      if (initial !== undefined) this.#values[name] = initial;
  }

  /** The valid values of the desired properties, by name. */
  get values(): Readonly<Record<string, unknown>> {
    return this.#values;
  }

  /** Applies desired properties, and lists what to report about them. */
  apply(desired: JsonObject): Reaction[] {
    const version = Number(desired["$version"] ?? 0);
    return Object.entries(this.#properties).flatMap(([name, property]) => {
      if (!Object.hasOwn(desired, name)) return [];
      const given = desired[name];
      // The hub has removed it.
      const value = given === null || given === undefined ? property.initial : given;
      const rule = brokenRule(property, value) ?? (value === undefined ? "set" : undefined);
      const isValid = rule === undefined;
      if (isValid) this.#values[name] = value;
      const { writeBack = "status", delay } = property;
      const delayMs = delay === undefined ? 0 : durationMs(delay);
      const current = this.#values[name] ?? null;
      if (writeBack === "none" || (writeBack === "value" && !isValid)) return [];
      if (writeBack === "value") return [{ patch: { [name]: current }, delayMs }];
      const status = isValid
        ? { value: current, ac: 200, av: version }
        : { value: current, ac: 400, av: version, ad: `must be ${rule}` };
      return [{ patch: { [name]: status }, delayMs }];
    });
  }
}
