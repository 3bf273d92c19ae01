import type { DeviceType } from "../document/device-type.ts";

/** Machines, and what watches them. */
export const machineTypes: Readonly<Record<string, DeviceType>> = {
  pump: {
    summary: "a pump with a vibration that grows until maintenance",
    fields: {
      rpm: { generator: "expression", expression: "desired.running ? 1450 + round(random() * 20, 0) : 0" },
      wear: { generator: "ramp", from: 0, to: 1, over: "30m" },
      vibration: {
        generator: "expression",
        expression: "rpm > 0 ? round(0.8 + wear * 4 + random() * 0.3, 2) : 0",
      },
      status: {
        generator: "expression",
        expression: "vibration > 4 ? 'alarm' : vibration > 3 ? 'warning' : 'ok'",
      },
    },
    messages: [
      { every: "1s", fields: ["rpm", "vibration", "status"] },
      { every: "5s", fields: ["status"], properties: { level: "alert" }, when: "status != 'ok'" },
    ],
    desired: { running: { type: "boolean", initial: true } },
    methods: {
      selfTest: {
        answers: [
          { payload: { passed: true }, delay: "2s" },
          { status: 503, payload: { passed: false } },
        ],
      },
    },
  },
  camera: {
    summary: "a camera that uploads a picture at intervals",
    fields: {
      people: { generator: "enum", values: [0, 1, 2, 3], weights: [6, 3, 2, 1] },
      brightness: { generator: "randomWalk", start: 120, step: 10, minimum: 0, maximum: 255, decimals: 0 },
    },
    messages: [{ every: "10s", properties: { motion: "=people > 0" } }],
    uploads: { every: "1m", bytes: 40_000, name: "picture-{n}.jpg" },
    desired: { nightMode: { type: "boolean", initial: false, writeBack: "value" } },
    methods: { takePicture: { answers: [{ status: 202 }] } },
  },
};
