import { checkScenario, readyTypes } from "@isohub/simulator";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Fleet } from "../devices/fleet.ts";
import type { FaultLog, InjectedFault } from "../faults/fault-log.ts";
import { Recorder } from "./recorder.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

it("faults are recorded with their times, except those that a scenario can't schedule", () => {
  let inject = (_fault: InjectedFault): void => {};
  const faults = { onInject: (listener: typeof inject) => (inject = listener) };
  const device = {
    id: "t-1",
    spec: { typeName: "thermostat", type: readyTypes["thermostat"], credential: { kind: "local" } },
  };
  const fleet = { devices: { peek: () => [device] } };
  const recorder = new Recorder(fleet as unknown as Fleet, faults as unknown as FaultLog);
  const injectAt = (second: number, name: InjectedFault["name"], values: InjectedFault["values"]): void => {
    vi.setSystemTime(1_000_000_000 + second * 1000);
    const scope = name === "skewClock" ? "hub" : "device";
    inject({ at: Date.now(), name, title: name, scope, deviceIds: ["t-1"], values });
  };
  recorder.start();
  injectAt(5, "kick", {});
  injectAt(100, "refuseConnects", { returnCode: "3", times: 3 });
  injectAt(110, "drop", { how: "rst", afterPublishes: 0 });
  injectAt(120, "publishRaw", { topic: "a", payload: "b" });
  injectAt(130, "skewClock", { seconds: 0 });
  const scenario = recorder.stop();
  expect(scenario?.faults).toEqual([
    { fault: "drop", at: "6.0s", devices: {} },
    { fault: "refuseConnects", at: "101.0s", devices: {}, returnCode: 3, times: 3 },
    { fault: "drop", at: "111.0s", devices: {}, how: "rst" },
    { fault: "skewClock", at: "131.0s", seconds: 0 },
  ]);
  expect(checkScenario(scenario)).toEqual([]);
});
