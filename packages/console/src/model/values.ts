import { type FieldGenerator, readDuration } from "./device-type.ts";

/** Produces the values of one field of one device. */
export type NextValue = (elapsedMs: number) => unknown;

const numberOf = (value: unknown, otherwise: number): number =>
  typeof value === "number" ? value : otherwise;

/** Creates the values of a field. */
export function valuesOf(field: FieldGenerator): NextValue {
  const decimals = numberOf(field["decimals"], 3);
  const round = (value: number): number => Number(value.toFixed(decimals));
  const minimum = numberOf(field["minimum"], Number.NEGATIVE_INFINITY);
  const maximum = numberOf(field["maximum"], Number.POSITIVE_INFINITY);
  if (field.generator === "randomWalk") {
    let value = numberOf(field["start"], 0);
    const step = numberOf(field["step"], 1);
    return () => {
      value = Math.min(maximum, Math.max(minimum, value + (Math.random() * 2 - 1) * step));
      return round(value);
    };
  }
  if (field.generator === "sine") {
    const period = readDuration(String(field["period"])) ?? 60_000;
    const phase = Math.random();
    const [mean, amplitude] = [numberOf(field["mean"], 0), numberOf(field["amplitude"], 1)];
    return (elapsed) => round(mean + amplitude * Math.sin(2 * Math.PI * (elapsed / period + phase)));
  }
  if (field.generator === "random") return () => round(minimum + Math.random() * (maximum - minimum));
  if (field.generator === "counter") {
    let value = numberOf(field["start"], 0) - numberOf(field["step"], 1);
    return () => {
      value += numberOf(field["step"], 1);
      return round(value);
    };
  }
  return () => field["value"] ?? null;
}
