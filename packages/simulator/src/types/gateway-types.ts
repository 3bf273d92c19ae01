import type { DeviceType } from "../document/device-type.ts";

/** A gateway, and the type of its modules. */
export const gatewayTypes: Readonly<Record<string, DeviceType>> = {
  gateway: {
    summary: "an edge gateway with two modules",
    fields: {
      cpu: { generator: "randomWalk", start: 30, step: 6, minimum: 2, maximum: 100, decimals: 0 },
      freeMb: { generator: "randomWalk", start: 900, step: 25, minimum: 50, maximum: 1800, decimals: 0 },
    },
    messages: [{ every: "15s" }],
    reported: { runtime: "simulated" },
    modules: { sensor: "sensorModule", filter: "filterModule" },
  },
  sensorModule: {
    summary: "a module that sends measurements by an output",
    fields: { value: { generator: "sine", mean: 50, amplitude: 20, period: "2m", noise: 1, decimals: 2 } },
    messages: [{ every: "5s", output: "measurements" }],
    methods: { calibrate: { answers: [{ payload: { offset: 0 }, delay: "200ms" }] } },
  },
  filterModule: {
    summary: "a module that sends counts of what it let through",
    fields: {
      passed: { generator: "counter", step: 4, randomStep: 3, decimals: 0 },
      ratio: { generator: "random", minimum: 0.4, maximum: 0.9, decimals: 3 },
    },
    messages: [{ every: "10s", output: "filtered" }],
    desired: { threshold: { type: "number", minimum: 0, maximum: 1, initial: 0.5 } },
  },
};
