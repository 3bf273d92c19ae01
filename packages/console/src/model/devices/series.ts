import type { Sample, SimulatedDevice } from "./simulated-device.ts";

/** A series over time: the times in seconds, and the values of each line. */
export type Columns = [number[], ...(number | null)[][]];

/** Lists the fields with numbers in samples. */
export function numericFields(samples: readonly Sample[]): string[] {
  const latest = samples.at(-1)?.values ?? {};
  return Object.entries(latest).flatMap(([name, value]) => (typeof value === "number" ? [name] : []));
}

/** The values of some fields of one device. */
export function seriesOf(samples: readonly Sample[], fields: readonly string[]): Columns {
  const times = samples.map(({ at }) => at / 1000);
  const lines = fields.map((field) => samples.map(({ values }) => numberIn(values[field])));
  return [times, ...lines];
}

const numberIn = (value: unknown): number | null => (typeof value === "number" ? value : null);

const shownSeconds = 120;
/** A device's value holds until its next one, for this long at most. Otherwise the mean would depend on which devices sent in a second. */
const heldSeconds = 15;

/** The value of a device at the end of each of the last seconds; null where it has none. */
function valuesBySecond(samples: readonly Sample[], field: string, first: number): (number | null)[] {
  const seconds = new Array<number | null>(shownSeconds).fill(null);
  const start = samples.findIndex(({ at }) => at >= (first - heldSeconds) * 1000);
  if (start < 0) return seconds;
  for (let index = start; index < samples.length; index++) {
    const { at, values } = samples[index] as Sample;
    const value = numberIn(values[field]);
    if (value === null) continue;
    const second = Math.floor(at / 1000) - first;
    // A later sample overwrites what this one fills.
    seconds.fill(value, Math.max(0, second), Math.max(0, second + heldSeconds));
  }
  return seconds;
}

/** The seconds in which a device has a value. The current second is left out, because some devices haven't sent in it yet. */
function bySecond(
  devices: readonly SimulatedDevice[],
  field: string,
  now: number,
): { readonly times: number[]; readonly values: (number | null)[][] } {
  const first = Math.floor(now / 1000) - shownSeconds;
  const all = devices.map(({ samples }) => valuesBySecond(samples.values, field, first));
  const seconds = Array.from({ length: shownSeconds }, (_, second) => second).filter((second) =>
    all.some((values) => values[second] !== null),
  );
  return {
    times: seconds.map((second) => first + second),
    values: all.map((values) => seconds.map((second) => values[second] ?? null)),
  };
}

/** One line for each device. */
export function linesOf(devices: readonly SimulatedDevice[], field: string, now: number): Columns {
  const { times, values } = bySecond(devices, field, now);
  return [times, ...values];
}

/** The largest, the mean and the smallest value of all devices: bands instead of many lines. */
export function bandsOf(devices: readonly SimulatedDevice[], field: string, now: number): Columns {
  const { times, values } = bySecond(devices, field, now);
  const columns: Columns = [times, [], [], []];
  times.forEach((_, second) => {
    const present = values.map((each) => each[second] ?? null).filter((value) => value !== null);
    const sum = present.reduce((total, value) => total + value, 0);
    columns[1]?.push(Math.max(...present));
    columns[2]?.push(sum / present.length);
    columns[3]?.push(Math.min(...present));
  });
  return columns;
}
