import type { DeviceType } from "../document/device-type.ts";

/** Devices that measure or produce energy. */
export const energyTypes: Readonly<Record<string, DeviceType>> = {
  electricityMeter: {
    summary: "an electricity meter that counts up and can be switched off",
    fields: {
      energyKwh: { generator: "counter", start: 10_000, step: 0.01, randomStep: 0.05, decimals: 3 },
      powerW: { generator: "randomWalk", start: 800, step: 120, minimum: 0, maximum: 9000, decimals: 0 },
      voltage: { generator: "sine", mean: 230, amplitude: 3, period: "1h", noise: 0.8, decimals: 1 },
      state: {
        generator: "expression",
        expression: "desired.supply == 'off' ? 'off' : powerW > 6000 ? 'high' : 'normal'",
      },
    },
    messages: [{ every: "15s", properties: { state: "=state" } }],
    reported: { serial: "simulated", phases: 1 },
    desired: { supply: { type: "string", values: ["on", "off"], initial: "on", delay: "300ms" } },
    methods: { readRegister: { answers: [{ payload: { register: "1.8.0", unit: "kWh" } }] } },
  },
  solarInverter: {
    summary: "a solar inverter over a day",
    fields: {
      sun: { generator: "sine", mean: 0, amplitude: 1, period: "24h" },
      powerW: {
        generator: "expression",
        expression: "round(max(0, sun) * desired.limitW * (0.9 + random() * 0.1), 0)",
      },
      dayKwh: { generator: "counter", randomStep: 0.02, wrapAt: 40, decimals: 2 },
      state: { generator: "expression", expression: "powerW > 0 ? 'feeding' : 'asleep'" },
    },
    messages: [{ every: "10s", fields: ["powerW", "dayKwh", "state"] }],
    desired: { limitW: { type: "integer", minimum: 0, maximum: 10_000, initial: 5000 } },
    methods: { restart: { answers: [{ delay: "1s" }], reconnects: true } },
  },
};
