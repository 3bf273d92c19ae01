import { checkScenario, readScenario, type Scenario } from "@isohub/simulator";

const key = "isohub.console.scenarios";

/** A scenario to begin with: twenty thermostats, of which some lose their connections. */
export const exampleScenario: Scenario = {
  name: "storm",
  seed: 1,
  types: {
    quickThermostat: {
      summary: "a thermostat that sends twice a second",
      fields: { temperature: { generator: "randomWalk", start: 21, step: 0.3, decimals: 1 } },
      messages: [{ every: "500ms" }],
    },
  },
  groups: [{ name: "room", type: "quickThermostat", count: 20 }],
  phases: [
    { phase: "ramp", over: "2s" },
    { phase: "hold", for: "5s" },
    { phase: "storm", for: "8s" },
    { phase: "drain", within: "20s" },
  ],
  faults: [{ fault: "mute", at: "4s", devices: { share: 0.3 }, for: "3s", answer: "puback" }],
  thresholds: [
    { metric: "lost", maximum: 0 },
    { metric: "acknowledgedShare", minimum: 1 },
  ],
};

/** Reads a scenario. @throws {Error} that names each problem with its path */
export function parseScenario(text: string): Scenario {
  return readScenario(text);
}

/** The scenarios that are saved in this browser, by name. */
export function savedScenarios(): Record<string, Scenario> {
  try {
    const saved: unknown = JSON.parse(localStorage.getItem(key) ?? "{}");
    if (typeof saved !== "object" || saved === null) return {};
    const valid = Object.entries(saved).filter(([, document]) => checkScenario(document).length === 0);
    return Object.fromEntries(valid) as Record<string, Scenario>;
  } catch {
    return {};
  }
}

/** Saves a scenario in this browser under its name. @throws {Error} if the browser stores nothing for this page */
export function saveScenario(scenario: Scenario): void {
  const { name = "scenario" } = scenario;
  localStorage.setItem(key, JSON.stringify({ ...savedScenarios(), [name]: scenario }));
}

/** Removes a saved scenario. */
export function deleteScenario(name: string): void {
  const { [name]: _, ...others } = savedScenarios();
  localStorage.setItem(key, JSON.stringify(others));
}
