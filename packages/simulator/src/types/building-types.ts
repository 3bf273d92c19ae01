import type { DeviceType } from "../document/device-type.ts";

/** Devices of buildings. */
export const buildingTypes: Readonly<Record<string, DeviceType>> = {
  thermostat: {
    summary: "a room thermostat with a target temperature",
    modelId: "dtmi:com:example:Thermostat;1",
    fields: {
      drift: { generator: "sine", mean: 0, amplitude: 1.5, period: "10m", noise: 0.1 },
      temperature: { generator: "expression", expression: "round(desired.targetTemperature + drift, 2)" },
      humidity: { generator: "randomWalk", start: 45, step: 0.8, minimum: 20, maximum: 80, decimals: 1 },
    },
    messages: [
      {
        every: "5s",
        fields: ["temperature", "humidity"],
        properties: { temperatureAlert: "=temperature > 30" },
      },
    ],
    reported: { firmware: "1.4.2", maxTemperature: 35 },
    desired: { targetTemperature: { type: "number", minimum: 5, maximum: 35, initial: 21 } },
    methods: {
      getMaxMinReport: { answers: [{ payload: { maxTemp: 24.1, minTemp: 18.3, avgTemp: 21.2 } }] },
      reboot: { answers: [{ status: 202, delay: "500ms" }], reconnects: true },
    },
    receivesMessages: true,
  },
  parkingSensor: {
    summary: "a sensor below a parking space, which sends when the space changes",
    fields: {
      occupied: { generator: "enum", values: [true, false], weights: [3, 2] },
      battery: { generator: "ramp", from: 3.6, to: 3.1, over: "24h", decimals: 3 },
    },
    messages: [{ every: "30s", jitter: 1 }],
    reported: { firmware: "0.9.0" },
  },
  weatherStation: {
    summary: "a weather station on a roof",
    fields: {
      temperature: { generator: "sine", mean: 12, amplitude: 8, period: "24h", noise: 0.4, decimals: 1 },
      pressure: { generator: "randomWalk", start: 1013, step: 0.3, minimum: 960, maximum: 1050, decimals: 1 },
      windSpeed: { generator: "randomWalk", start: 4, step: 1.2, minimum: 0, maximum: 40, decimals: 1 },
      windDirection: { generator: "random", minimum: 0, maximum: 360, decimals: 0 },
      rain: { generator: "enum", values: [0, 0.2, 1.4], weights: [8, 2, 1] },
    },
    messages: [
      { every: "10s" },
      { every: "1m", fields: ["rain"], properties: { kind: "rain" }, when: "rain > 0" },
    ],
    desired: { heating: { type: "boolean", initial: false, writeBack: "value" } },
  },
};
