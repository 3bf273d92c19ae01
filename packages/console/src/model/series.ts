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

/** Divides the last two minutes into seconds, and returns what `combine` makes of the values of each second. */
function inSeconds(
  devices: readonly SimulatedDevice[],
  field: string,
  now: number,
  combine: (values: ReadonlyMap<SimulatedDevice, number>) => (number | null)[],
  lines: number,
): Columns {
  const seconds = 120;
  const first = Math.floor(now / 1000) - seconds;
  // Without the current second, in which some devices haven't sent yet.
  const buckets = Array.from({ length: seconds }, () => new Map<SimulatedDevice, number>());
  for (const device of devices) {
    const { values } = device.samples;
    for (let index = values.length - 1; index >= 0; index--) {
      const sample = values[index];
      if (sample === undefined || sample.at < first * 1000) break;
      const value = numberIn(sample.values[field]);
      const bucket = buckets[Math.floor(sample.at / 1000) - first];
      if (value !== null && bucket !== undefined && !bucket.has(device)) bucket.set(device, value);
    }
  }
  const columns: Columns = [[], ...Array.from({ length: lines }, (): (number | null)[] => [])];
  buckets.forEach((bucket, index) => {
    if (bucket.size === 0) return;
    columns[0].push(first + index);
    combine(bucket).forEach((value, line) => {
      (columns[line + 1] as (number | null)[] | undefined)?.push(value);
    });
  });
  return columns;
}

/** One line for each device. */
export function linesOf(devices: readonly SimulatedDevice[], field: string, now: number): Columns {
  return inSeconds(
    devices,
    field,
    now,
    (values) => devices.map((device) => values.get(device) ?? null),
    devices.length,
  );
}

/** The largest, the mean and the smallest value of all devices: bands instead of many lines. */
export function bandsOf(devices: readonly SimulatedDevice[], field: string, now: number): Columns {
  const combine = (values: ReadonlyMap<SimulatedDevice, number>): number[] => {
    const all = [...values.values()];
    const sum = all.reduce((total, value) => total + value, 0);
    return [Math.max(...all), sum / all.length, Math.min(...all)];
  };
  return inSeconds(devices, field, now, combine, 3);
}
