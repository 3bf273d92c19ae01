const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Converts a duration such as `1.5s` to milliseconds. @returns `undefined` if it isn't one */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * (units[unit] ?? 0);
}

/** Converts a duration of a checked document to milliseconds. */
export function durationMs(text: string): number {
  return parseDuration(text) ?? 0;
}
