import { isJsonObject } from "@isohub/core/internal";
import type { DeviceType } from "../document/device-type.ts";
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
 * Makes a scenario of recorded telemetry: each device sends the fields of its messages again, at their mean interval. Messages of modules, and
 * bodies that aren't JSON objects, are left out. Nested values aren't replayed.
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
    files[file] = csvText(
      columns,
      rows.map(({ fields }) => fields),
    );
    const spanMs = (rows.at(-1)?.at ?? 0) - (rows[0]?.at ?? 0);
    const everyMs = rows.length < 2 ? 1000 : Math.max(1, Math.round(spanMs / (rows.length - 1)));
    lengthMs = Math.max(lengthMs, everyMs * rows.length);
    types[deviceId] = {
      fields: Object.fromEntries(
        columns.map((column) => [column, { generator: "replay", file, column } as const]),
      ),
      messages: [{ every: `${everyMs}ms`, jitter: 0 }],
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

/** Reads the fields of a message that CSV can hold. */
function fieldsOf(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    if (!isJsonObject(value)) return undefined;
    const entries = Object.entries(value).filter(([, each]) => typeof each !== "object" || each === null);
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
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
