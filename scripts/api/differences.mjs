import { readFileSync } from "node:fs";
import { ReflectionKind } from "typedoc";
import { root } from "../lib/run.mjs";
import { declarationOf, displayName, memberOf } from "./declarations.mjs";
import { membersOf } from "./members.mjs";

/** The features that the subject of a page depends on. */
const dependents = {
  ClientOptions: ["tcp", "customTrust", "cipher", "proxy"],
  ProxyOptions: ["proxy"],
  X509: ["clientCertificate"],
  IoTHubDeviceClient: ["clientCertificate"],
  IoTHubModuleClient: ["clientCertificate", "edge"],
  ProvisioningDeviceClient: ["clientCertificate"],
};

const subjects = {
  tcp: "`websockets: false`",
  customTrust: "`serverVerificationCert`",
  cipher: "`cipher`",
  proxy: "`proxyOptions`",
  clientCertificate: "client certificates",
  edge: "`createFromEdgeEnvironment`",
};

/** The names of runtimes, with the source that lists their features. */
const runtimes = {
  Deno: "packages/deno/src/platform.ts",
  "Web pages": "packages/browser/src/page-runtime.ts",
};

const remediations = readRemediations();
const missing = Object.fromEntries(
  Object.entries(runtimes).map(([runtime, file]) => [runtime, missingFeatures(file)]),
);

/**
 * Renders what other runtimes and entries lack, add or declare differently, as sections of a page.
 *
 * @param {import("./catalog.mjs").Page} page
 * @param {import("./links.mjs").Links} links
 */
export function differencesOf(page, links) {
  const lines = [];
  for (const [entry, other] of page.variants) {
    // Applications don't use core's declarations; those of Node contain them.
    if (entry.startsWith("@isohub/core")) continue;
    lines.push(...compare(page.declaration, other).map((line) => `- \`${entry}\` ${line}.`));
  }
  for (const feature of page.area.folder === "client" ? (dependents[page.name] ?? []) : []) {
    const without = Object.keys(runtimes).filter((runtime) => missing[runtime].has(feature));
    if (without.length === 0) continue;
    const error = links.code("UnsupportedFeatureError", page);
    const verb = without.length === 1 && without[0] === "Deno" ? "doesn't" : "don't";
    lines.push(
      `- ${without.join(" and ").replace("and Web", "and web")} ${verb} support ${subjects[feature]} (${error}). ${remediations[feature]}.`,
    );
  }
  return lines.length === 0 ? [] : ["## Differences from Node", lines.join("\n")];
}

function compare(declaration, other) {
  if (declaration.kind !== ReflectionKind.Class) {
    const [one, two] = [declarationOf(declaration), declarationOf(other)];
    return one === two ? [] : [`declares it as \`${two.replace(/\s+/g, " ")}\``];
  }
  const [ours, theirs] = [signaturesOf(declaration), signaturesOf(other)];
  const list = (names) => names.map((name) => `\`${name}\``).join(", ");
  const lacking = [...ours.keys()].filter((name) => !theirs.has(name));
  const additional = [...theirs.keys()].filter((name) => !ours.has(name));
  const different = [...ours].filter(([name, code]) => theirs.has(name) && theirs.get(name) !== code);
  return [
    ...(lacking.length > 0 ? [`lacks ${list(lacking)}`] : []),
    ...(additional.length > 0 ? [`also has ${list(additional)}`] : []),
    ...different.map(([name]) => `declares \`${theirs.get(name).replace(/\s+/g, " ")}\``),
  ];
}

function signaturesOf(declaration) {
  const members = membersOf(declaration).filter(({ kind }) => kind !== ReflectionKind.Constructor);
  return new Map(
    members.map((member) => [
      displayName(member),
      memberOf(member, declaration.name).join("; ").replaceAll("LiteDeviceClient", declaration.name),
    ]),
  );
}

function missingFeatures(file) {
  const code = readFileSync(root + file, "utf8");
  const [, list] = /features: new Set\((?:\[([^\]]*)\])?\)/.exec(code) ?? [undefined, undefined];
  const present = new Set([...(list ?? "").matchAll(/"(\w+)"/g)].map(([, name]) => name));
  if (/^ {2}edge\b/m.test(code)) present.add("edge");
  return new Set(Object.keys(subjects).filter((name) => !present.has(name)));
}

/** The alternatives that the error names, from the sources. */
function readRemediations() {
  const options = readFileSync(`${root}packages/core/src/setup/resolve-options.ts`, "utf8");
  const edge = readFileSync(`${root}packages/core/src/setup/edge-setup.ts`, "utf8");
  const [, table] = /remediations: Record<Feature, string> = \{([^}]*)\}/.exec(options) ?? [];
  const [, onEdge] = /isn't supported on[\s\S]*?remediation: "([^"]+)"/.exec(edge) ?? [];
  if (table === undefined || onEdge === undefined)
    throw new Error("resolve-options.ts and edge-setup.ts must have remediations");
  return {
    ...Object.fromEntries([...table.matchAll(/(\w+): "([^"]+)"/g)].map(([, name, text]) => [name, text])),
    edge: onEdge,
  };
}
