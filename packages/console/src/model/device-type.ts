/** The source of a field's values; the parameters depend on the generator. */
export interface FieldGenerator {
  readonly generator: string;
  readonly [parameter: string]: unknown;
}

/** A message that a device sends at intervals. */
export interface MessageSpec {
  readonly every: string;
  readonly jitter?: number;
  readonly fields?: readonly string[];
  readonly properties?: Readonly<Record<string, string>>;
  readonly burst?: number;
}

/** An answer to a method call. */
export interface MethodAnswer {
  readonly status?: number;
  readonly payload?: unknown;
  readonly delay?: string;
}

/** A type of devices: the document of the simulator, as far as the console shows it. */
export interface DeviceType {
  readonly summary?: string;
  readonly modelId?: string;
  readonly fields?: Readonly<Record<string, FieldGenerator>>;
  readonly messages?: readonly MessageSpec[];
  readonly reported?: Readonly<Record<string, unknown>>;
  readonly desired?: Readonly<Record<string, { readonly initial?: unknown; readonly writeBack?: string }>>;
  readonly methods?: Readonly<Record<string, { readonly answers?: readonly MethodAnswer[] }>>;
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Reads a duration such as `500ms` or `2m`. @returns milliseconds, or undefined if it isn't one */
export function readDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  return number === undefined || unit === undefined ? undefined : Number(number) * (units[unit] ?? 1);
}

/** The types that the console has by itself. */
export const readyTypes: Readonly<Record<string, DeviceType>> = {
  thermostat: {
    summary: "A room thermostat that follows its target temperature",
    fields: {
      temperature: { generator: "randomWalk", start: 21, step: 0.4, minimum: 15, maximum: 28, decimals: 1 },
      humidity: { generator: "sine", mean: 45, amplitude: 8, period: "2m", decimals: 0 },
    },
    messages: [{ every: "1s" }],
    reported: { firmware: "1.4.2" },
    desired: { targetTemperature: { initial: 21 } },
    methods: { reboot: { answers: [{ status: 200, payload: { rebooting: true } }] } },
  },
};
