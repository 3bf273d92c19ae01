import { isJsonObject } from "@isohub/core/internal";
import { csvColumn } from "../document/csv.ts";
import type { DeviceType } from "../document/device-type.ts";
import type { Generator } from "../document/generators.ts";
import type { Scenario } from "../document/scenario.ts";

/** A message that a hub received, with the time. */
export interface RecordedMessage {
  readonly deviceId: string;
  readonly moduleId?: string | undefined;
  readonly body: Uint8Array;
  /** ISO 8601. */
  readonly enqueuedTime: string;
}

/**
 * Creates a scenario from recorded telemetry: each device sends the fields of its messages again, at their mean interval. Omits messages of
 * modules, and bodies that aren't JSON objects. Where a message lacks a field of other messages, the field is empty or `null`.
 *
 * @param messages - in the order of their arrival
 * @returns `undefined` if there is no message to replay
 */
export function recordScenario(
  messages: readonly RecordedMessage[],
  name: string = "recording",
): Scenario | undefined {
  const devices = new Map<string, { at: number; fields: Readonly<Record<string, unknown>> }[]>();
  for (const { deviceId, moduleId, body, enqueuedTime } of messages) {
    const fields = fieldsOf(body);
    if (moduleId !== undefined || fields === undefined) continue;
    const rows = devices.get(deviceId) ?? [];
    devices.set(deviceId, rows);
    rows.push({ at: Date.parse(enqueuedTime), fields });
  }
  if (devices.size === 0) return undefined;
  const types: Record<string, DeviceType> = {};
  const files: Record<string, string> = {};
  let lengthMs = 0;
  for (const [deviceId, rows] of devices) {
    const file = `${deviceId}.csv`;
    const columns = [...new Set(rows.flatMap(({ fields }) => Object.keys(fields)))];
    const valuesOf = (column: string): unknown[] => rows.map(({ fields }) => fields[column]);
    const allFields = rows.map(({ fields }) => fields);
    const simple = columns.filter((column) => isCsv(valuesOf(column)));
    const text = csvText(simple, allFields);
    // Reading skips empty lines.
    const inCsv = simple.filter((column) => csvColumn(text, column)?.length === rows.length);
    if (inCsv.length > 0) files[file] = text;
    const generatorOf = (column: string): Generator =>
      inCsv.includes(column)
        ? { generator: "replay", file, column }
        : { generator: "enum", order: "cycle", values: valuesOf(column).map((value) => value ?? null) };
    const spanMs = (rows.at(-1)?.at ?? 0) - (rows[0]?.at ?? 0);
    const everyMs = rows.length < 2 ? 1000 : Math.max(1, Math.round(spanMs / (rows.length - 1)));
    lengthMs = Math.max(lengthMs, everyMs * rows.length);
    types[deviceId] = {
      fields: Object.fromEntries(columns.map((column) => [column, generatorOf(column)])),
      messages: [{ every: `${everyMs}ms`, jitter: 0, limit: rows.length }],
    };
  }
  return {
    name,
    types,
    files,
    groups: [...devices.keys()].map((type, index) => ({
      name: `device-${index + 1}`,
      type,
      count: 1,
      id: type,
    })),
    phases: [
      { phase: "ramp", over: "1ms" },
      { phase: "hold", for: `${lengthMs}ms` },
    ],
  };
}

/** Whether a CSV file preserves the values: numbers, and strings that don't look like numbers. */
function isCsv(values: readonly unknown[]): boolean {
  const rows = values.map((value) => ({ value, other: 0 }));
  const read = csvColumn(csvText(["value", "other"], rows), "value") ?? [];
  return values.every((value, index) => value !== null && (value ?? "") === read[index]);
}

/** Reads the fields of a message. */
function fieldsOf(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    if (!isJsonObject(value)) return undefined;
    return Object.keys(value).length === 0 ? undefined : value;
  } catch {
    return undefined;
  }
}

function csvText(columns: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): string {
  const cell = (value: unknown): string => {
    const text = String(value ?? "");
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = rows.map((row) => columns.map((column) => cell(row[column])).join(","));
  return `${[columns.map(cell).join(","), ...lines].join("\n")}\n`;
}
