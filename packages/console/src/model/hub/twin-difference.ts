type Properties = Readonly<Record<string, unknown>>;

/** A desired property that the device hasn't reported with the same value. */
export interface TwinDifference {
  readonly path: string;
  readonly desired: unknown;
  readonly reported: unknown;
}

/** Returns properties without `$version` and `$metadata`, which the hub adds. */
export function withoutMeta(properties: Properties = {}): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !name.startsWith("$")));
}

const isObject = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Compares what is desired with what is reported, also as `{ value, ac, av }` of Plug and Play. */
export function differences(desired: Properties, reported: Properties, prefix = ""): TwinDifference[] {
  return Object.entries(withoutMeta(desired)).flatMap(([name, wanted]) => {
    const path = `${prefix}${name}`;
    const own = Object.hasOwn(reported, name) ? reported[name] : undefined;
    const actual = isObject(own) && "ac" in own && "value" in own ? own["value"] : own;
    if (isObject(wanted) && isObject(actual)) return differences(wanted, actual, `${path}.`);
    return JSON.stringify(wanted) === JSON.stringify(actual)
      ? []
      : [{ path, desired: wanted, reported: actual }];
  });
}

/** Returns the patch that makes one document the other: removed properties are null. */
export function patchBetween(before: Properties, after: Properties): Properties {
  const patch: Record<string, unknown> = {};
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) patch[name] = null;
  for (const [name, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    if (JSON.stringify(old) === JSON.stringify(value)) continue;
    patch[name] = isObject(old) && isObject(value) ? patchBetween(old, value) : value;
  }
  return patch;
}
