import { usesLocalHub } from "../checks/read-scenario.ts";
import type { Scenario } from "../document/scenario.ts";
import { secretNames } from "../engine/secrets.ts";

/** The runtimes that a scenario can be exported for. */
export const programKinds: readonly ProgramKind[] = ["node", "deno", "page"];

/** A runtime that a scenario can be exported for. */
export type ProgramKind = "node" | "deno" | "page";

// Checks of this repository's imports would take complete statements in a template for imports of this file.
const importOf = (names: string, from: string): string => `import ${names} from "${from}";`;

/** The options of the simulation: `{ hub, secrets: process.env }`. */
function optionsText(scenario: Scenario, secrets: string): string {
  const options = [
    ...(usesLocalHub(scenario) ? ["hub"] : []),
    ...(secretNames(scenario).length === 0 ? [] : [`secrets: ${secrets}`]),
  ];
  return options.length === 0 ? "" : `, { ${options.join(", ")} }`;
}

/** The program for Node or Deno. */
function consoleProgram(scenario: Scenario, kind: "node" | "deno", document: string, file: string): string {
  const usesHub = usesLocalHub(scenario);
  const isDeno = kind === "deno";
  const url = isDeno ? 'Deno.env.get("CONTROL_URL") ?? ""' : "process.env.CONTROL_URL";
  const variables = [
    ...(usesHub ? ["CONTROL_URL=http://localhost:PORT/control"] : []),
    ...secretNames(scenario).map((name) => `${name}='…'`),
    isDeno ? `deno run --allow-net --allow-env ${file}` : `node ${file}`,
  ];
  const names = usesHub ? "{ localHub, Simulation }" : "{ Simulation }";
  const options = optionsText(scenario, isDeno ? "Deno.env.toObject()" : "process.env");
  return [
    `// ${variables.join(" ")}`,
    ...(usesHub ? [importOf("{ createControlClient }", "@isohub/emulator/control-client")] : []),
    importOf("* as isohub", `@isohub/${kind}`),
    importOf(names, "@isohub/simulator"),
    "",
    document,
    ...(usesHub ? [`const hub = localHub(createControlClient(${url}));`] : []),
    'const platform = { ...isohub, engine: isohub.leanEngine, localTransport: "tls" };',
    `const simulation = new Simulation(scenario, platform${options});`,
    "const report = await simulation.run();",
    "console.log(report);",
    isDeno ? "if (!report.passed) Deno.exit(1);" : "process.exitCode = report.passed ? 0 : 1;",
    "",
  ].join("\n");
}

/** The module of a page. Without the address of a hub, the page is the hub. */
function pageProgram(scenario: Scenario, document: string): string {
  const usesHub = usesLocalHub(scenario);
  const secrets = secretNames(scenario).map(
    (name) => `${JSON.stringify(name)}: prompt(${JSON.stringify(name)})`,
  );
  const options = optionsText(scenario, `{ ${secrets.join(", ")} }`);
  const localHub = [
    "// ?control=http://localhost:PORT/control in the address leads to a running hub.",
    'const control = new URLSearchParams(location.search).get("control");',
    "const ownHub = control === null ? createMemoryHub() : undefined;",
    "const hub = localHub(ownHub ?? createControlClient(control));",
  ];
  // A device that isn't at the local hub can't use the connections of a hub in the page.
  const isOnlyLocal = usesHub && secrets.length === 0;
  return [
    ...(usesHub
      ? [
          importOf("{ createControlClient }", "@isohub/emulator/control-client"),
          importOf("{ createMemoryHub }", "@isohub/emulator/web"),
        ]
      : []),
    importOf("* as isohub", "@isohub/browser"),
    importOf(usesHub ? "{ localHub, Simulation }" : "{ Simulation }", "@isohub/simulator"),
    "",
    document,
    ...(usesHub ? localHub : []),
    `const platform = ${isOnlyLocal ? "ownHub ?? " : ""}{ ...isohub, engine: isohub.leanEngine };`,
    `const simulation = new Simulation(scenario, platform${options});`,
    'const output = document.querySelector("pre");',
    "const showing = setInterval(() => {",
    "  output.textContent = JSON.stringify(simulation.counts(), null, 2);",
    "}, 1000);",
    "const report = await simulation.run();",
    "clearInterval(showing);",
    "output.textContent = JSON.stringify(report, null, 2);",
    "",
  ].join("\n");
}

/**
 * Writes a short program that runs a scenario. On Node and Deno, it reads the URL of the local hub's control API from the environment
 * variable `CONTROL_URL`, and secrets from variables of their names. The page needs a bundler, such as Vite. It is its own hub, unless
 * its address has `?control=` with the URL of a control API; it asks for secrets.
 *
 * @returns the name of the file, and its content
 */
export function programOf(
  scenario: Scenario,
  kind: ProgramKind,
): { readonly name: string; readonly text: string } {
  const { name = "scenario" } = scenario;
  const document = `const scenario = ${JSON.stringify(scenario, null, 2)};\n`;
  const base = name.replace(/[^\w-]+/g, "-") || "scenario";
  if (kind !== "page") {
    const file = `${base}.${kind === "deno" ? "ts" : "mjs"}`;
    return { name: file, text: consoleProgram(scenario, kind, document, file) };
  }
  // A string in the scenario must not end the script.
  const code = pageProgram(scenario, document).replaceAll("</", "<\\/");
  return {
    name: `${base}.html`,
    text: `<!doctype html>\n<meta charset="utf-8">\n<title>Simulation</title>\n<pre></pre>\n<script type="module">\n${code}</script>\n`,
  };
}
