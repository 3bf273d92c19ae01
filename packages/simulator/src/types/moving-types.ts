import type { DeviceType } from "../document/device-type.ts";

/** Devices that move. */
export const movingTypes: Readonly<Record<string, DeviceType>> = {
  truck: {
    summary: "a truck on the way from Hamburg to Munich and back",
    fields: {
      position: {
        generator: "route",
        points: [
          [53.551, 9.994],
          [52.376, 9.732],
          [51.313, 9.481],
          [50.555, 9.684],
          [49.792, 9.953],
          [49.452, 11.077],
          [48.137, 11.575],
        ],
        speedKmh: 80,
      },
      fuel: { generator: "ramp", from: 100, to: 8, over: "6h", decimals: 1 },
      engineTemperature: {
        generator: "randomWalk",
        start: 88,
        step: 1,
        minimum: 70,
        maximum: 115,
        decimals: 1,
      },
    },
    messages: [{ every: "5s", properties: { lowFuel: "=fuel < 10" } }],
    reported: { plate: "simulated" },
    receivesMessages: true,
    methods: { findMe: { answers: [{ payload: { horn: true } }] } },
  },
  coldBox: {
    summary: "a refrigerated box on the way, whose door opens at times",
    fields: {
      door: { generator: "enum", values: ["closed", "open"], weights: [19, 1] },
      cooled: { generator: "randomWalk", start: 0, step: 0.2, minimum: -1, maximum: 1 },
      temperature: {
        generator: "expression",
        expression: "round(desired.setPoint + cooled + (door == 'open' ? 4 : 0), 1)",
      },
    },
    messages: [
      {
        every: "20s",
        fields: ["temperature", "door"],
        properties: { alert: "=temperature > desired.setPoint + 3" },
      },
    ],
    desired: { setPoint: { type: "number", minimum: -25, maximum: 12, initial: 4 } },
  },
};
