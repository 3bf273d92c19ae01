import type { Scenario } from "../document/scenario.ts";

/** The runtimes that a scenario can be exported for. */
export const programKinds: readonly ProgramKind[] = ["node", "deno", "page"];

/** A runtime that a scenario can be exported for. */
export type ProgramKind = "node" | "deno" | "page";

// Checks of this repository's imports would take complete statements in a template for imports of this file.
const importOf = (names: string, from: string): string => `import ${names} from "${from}";`;

const run = (
  packageName: string,
  url: string,
): string => `${importOf("{ createControlClient }", "@isohub/emulator/control-client")}
${importOf("* as isohub", packageName)}
${importOf("{ localHub, Simulation }", "@isohub/simulator")}

const hub = localHub(createControlClient(${url}));
const simulation = new Simulation(scenario, { ...isohub, engine: isohub.leanEngine }, { hub });
const report = await simulation.run();
`;

/**
 * Writes a short program that runs a scenario against a local hub. On Node and Deno, it reads the URL of the hub's control API from the
 * environment variable `CONTROL_URL`; the page must be served by the hub.
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
  if (kind === "page") {
    const script = `${run("@isohub/browser", 'new URL("/control", location.href).href')}document.body.textContent = JSON.stringify(report, null, 2);\n`;
    // A string in the scenario must not end the script.
    const code = `${document}${script}`.replaceAll("</", "<\\/");
    return {
      name: `${base}.html`,
      text: `<!doctype html>\n<meta charset="utf-8">\n<script type="module">\n${code}</script>\n`,
    };
  }
  const isDeno = kind === "deno";
  const url = isDeno ? 'Deno.env.get("CONTROL_URL")' : "process.env.CONTROL_URL";
  const end = isDeno ? "if (!report.passed) Deno.exit(1);\n" : "process.exitCode = report.passed ? 0 : 1;\n";
  const first = isDeno
    ? "// CONTROL_URL=http://localhost:PORT/control deno run --allow-net --allow-env FILE\n"
    : "// CONTROL_URL=http://localhost:PORT/control node FILE\n";
  const file = `${base}.${isDeno ? "ts" : "mjs"}`;
  return {
    name: file,
    text: `${first.replace("FILE", file)}${document}\n${run(`@isohub/${kind}`, url)}console.log(report);\n${end}`,
  };
}
