// Imports only go down: between packages, and between the folders of core. Code that runs on every runtime imports nothing of
// Node. Prints each import that breaks a rule, and ends with exit code 1 if there is one.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { packageNamed, packages } from "./lib/packages.mjs";
import { root } from "./lib/run.mjs";

/** The folders and files of core's src from the bottom up; one may import its own and lower ones. */
const coreLayers = [
  ["errors.ts", "error-codes.ts", "brand.ts"],
  ["util"],
  ["auth", "runtime"],
  ["mqtt", "events", "requests", "web"],
  ["connection"],
  ["messages", "methods", "twin"],
  ["dialects"],
  ["upload", "edge", "provisioning", "outbox", "receiving"],
  ["setup"],
  ["clients"],
  ["token-broker"],
  ["testing", ...packageNamed("core").entries.map(({ source }) => source.slice("packages/core/src/".length))],
];

/** Folders of core that know no service: the strings of its topics are in `dialects/`. */
const dialectFree = ["connection", "messages", "methods", "mqtt", "provisioning", "requests", "twin"];
const serviceTopic = /\$(iothub|dps)\/|["'`]devices\//;

/** Folders that must run on every runtime. */
const platformFree = [
  "packages/core/src/",
  "packages/emulator/src/hub/",
  "packages/emulator/src/mqtt/",
  "packages/emulator/src/faults/",
  "packages/emulator/src/listeners/wire.ts",
  "packages/emulator/src/provisioning/",
  "packages/emulator/src/query/",
  "packages/emulator/src/store/",
  "packages/emulator/src/certificates/",
  "packages/emulator/src/schema/",
  "packages/emulator/src/control-client/",
  "packages/emulator/src/memory/",
  ...[
    "checks",
    "document",
    "engine",
    "expressions",
    "formats",
    "generators",
    "hub",
    "plan",
    "schema",
    "statistics",
    "time",
    "types",
  ].map((folder) => `packages/simulator/src/${folder}/`),
];

/** The part of `certificates/` that reads and issues certificates with Node. */
const nodeCertificates = "packages/emulator/src/certificates/node/";

/** Folders that the rules of a hub may import, besides core. */
const belowHub = ["packages/emulator/src/store/", "packages/emulator/src/certificates/"];

const broken = [];
const graph = new Map();

for (const file of sources()) {
  const text = readFileSync(join(root, file), "utf8");
  const [, name] = file.split("/");
  const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g)].map(
    ([, specifier]) => specifier,
  );
  graph.set(file, []);
  if (
    dialectFree.some((folder) => file.startsWith(`packages/core/src/${folder}/`)) &&
    !isTest(file) &&
    serviceTopic.test(text)
  ) {
    broken.push(`${file} contains a topic of a service: put it in packages/core/src/dialects`);
  }
  if (/^packages\/conformance\/src\/[^/]+\.test\.ts$/.test(file)) {
    broken.push(`${file} is in no project of vitest.config.ts: put it in one of the folders there`);
  }
  for (const specifier of imports) {
    const complain = (rule) => broken.push(`${file} imports '${specifier}': ${rule}`);
    if (specifier.startsWith("node:") && isPlatformFree(file) && !isTest(file)) {
      complain("this folder runs on every runtime");
    }
    const ours = /^@isohub\/([a-z]+)/.exec(specifier)?.[1];
    if (ours !== undefined && !packageNamed(name).imports.includes(ours))
      complain(`${name} may not import ${ours}`);
    if (!specifier.startsWith(".")) continue;
    const target = relative(root, join(root, dirname(file), specifier))
      .split(sep)
      .join("/");
    // The private package uses the programs that the scripts install.
    if (name === "conformance" && target.startsWith("scripts/lib/")) continue;
    if (!target.startsWith(`packages/${name}/`)) complain("a relative path may not leave its package");
    graph.get(file).push(target);
    if (name === "core" && !isTest(file) && layerOf(target) > layerOf(file))
      complain("that is a higher layer of core");
    if (isDialect(file) && isDialect(target) && dirname(file) !== dirname(target))
      complain("a dialect may not import another one");
    if (isTest(file)) continue;
    if (isPlatformFree(file) && target.startsWith(nodeCertificates)) complain("that needs Node");
    if (
      file.startsWith("packages/emulator/src/hub/") &&
      ![...belowHub, "packages/emulator/src/hub/"].some((folder) => target.startsWith(folder))
    ) {
      complain("hub logic stands apart from the rest of the emulator");
    }
    if (belowHub.some((folder) => file.startsWith(folder)) && !file.startsWith(nodeCertificates)) {
      if (!belowHub.some((folder) => target.startsWith(folder))) complain("the hub stands on this folder");
    }
  }
}

const { references } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8"));
for (const { folder } of packages) {
  if (!references.some(({ path }) => path === folder)) broken.push(`tsconfig.json must refer to ${folder}`);
}
for (const cycle of cycles()) broken.push(`cycle: ${cycle.join(" → ")}`);
for (const line of broken) console.error(line);
console.log(`${graph.size} files, ${broken.length} imports that break a rule`);
process.exitCode = broken.length === 0 ? 0 : 1;

function sources() {
  return readdirSync(join(root, "packages"), { recursive: true })
    .map((file) => `packages/${file.split(sep).join("/")}`)
    .filter((file) => /^packages\/[a-z-]+\/src\/.*\.tsx?$/.test(file));
}

function isPlatformFree(file) {
  return platformFree.some((folder) => file.startsWith(folder)) && !file.startsWith(nodeCertificates);
}

function isTest(file) {
  return file.endsWith(".test.ts");
}

/** Whether a file is part of a dialect, which is a folder. */
function isDialect(file) {
  return /^packages\/core\/src\/dialects\/[^/]+\//.test(file);
}

function layerOf(file) {
  // Replacements for other people's modules import nothing of the project.
  if (file.startsWith("packages/core/vendor/")) return -1;
  const inside = file.slice("packages/core/src/".length);
  const top = inside.split("/")[0];
  const layer = coreLayers.findIndex((names) => names.includes(top));
  if (layer < 0) broken.push(`${file}: '${top}' is in no layer; add it to scripts/check-layers.mjs`);
  return layer;
}

function cycles() {
  const found = [];
  const done = new Set();
  const visit = (file, path) => {
    const at = path.indexOf(file);
    if (at >= 0) {
      found.push([...path.slice(at), file]);
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}
