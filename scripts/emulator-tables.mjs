// The tables in the emulator's README, and the schema of its configuration, from the tables in its sources. Writes them; with
// --check, writes nothing and fails where they differ. Needs the emulator compiled.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { markdownTable } from "./lib/documents/markdown-table.mjs";
import { root } from "./lib/run.mjs";

const { operations, faultOperations } = await import("../packages/emulator/build/control/operations.js");
const { faultTable } = await import("../packages/emulator/build/faults/fault-table.js");
const { allSettings } = await import("../packages/emulator/build/config/sources.js");
const { variableOf } = await import("../packages/emulator/build/config/setting.js");
const { documentSchema } = await import("../packages/emulator/build/config/document.js");
const { jsonFields } = await import("../packages/emulator/build/schema/binary.js");

const readme = `${root}packages/emulator/README.md`;
const text = readFileSync(readme, "utf8");
const withOperations = insert(
  text,
  "operations",
  table(["Request", "Parameters", "Effect"], operationRows()),
);
const withSettings = insert(
  withOperations,
  "settings",
  table(["Flag", "Variable", "In the file", "Effect"], settingRows()),
);
const current = insert(
  withSettings,
  "faults",
  table(["Name", "Arguments", "Scope", "Protocols", "Effect"], faultRows()),
);

const schemaFile = `${root}packages/emulator/hub.schema.json`;
const schema = `${JSON.stringify(documentSchema(), null, 2)}\n`;
update(readme, text, current);
update(schemaFile, existsSync(schemaFile) ? readFileSync(schemaFile, "utf8") : "", schema);

function update(file, before, after) {
  if (before === after) console.log(`${file.slice(root.length)} matches the sources`);
  else if (!process.argv.includes("--check")) writeFileSync(file, after);
  else {
    console.error(`${file.slice(root.length)} doesn't match the sources. Run \`npm run docs\` to update it.`);
    process.exitCode = 1;
  }
}

function settingRows() {
  return Object.entries(allSettings).map(([name, setting]) => {
    const { flag, placeholder, summary } = setting;
    const inFile = name === "device" || name === "config" ? "" : `\`${name}\``;
    const value =
      placeholder === ""
        ? ""
        : ` ${placeholder.replaceAll("|", " ").replaceAll("<", "").replaceAll(">", "")}`;
    return [`\`--${flag}${value}\``, `\`${variableOf(setting)}\``, inFile, summary];
  });
}

function operationRows() {
  const { rules, clear } = faultOperations;
  const inject = { method: "POST", path: "/faults/{name}", positional: {}, options: {} };
  const rows = [
    ...Object.values(operations),
    rules,
    clear,
    { ...inject, summary: "Injects a fault, see below" },
  ];
  return rows.map(({ method, path, positional, options, summary }) => [
    `\`${method} /control${path.replace("{identity}", "{deviceId}[/modules/{moduleId}]").replace("{+", "{")}\``,
    list(outsidePath({ ...positional, ...options }, path)),
    summary,
  ]);
}

/** Returns the parameters in the query or body. A device or module in the query is two parameters. */
function outsidePath({ identity, ...others }, path) {
  const isInPath = ([name]) => path.includes(`{${name}}`) || path.includes(`{+${name}}`);
  const fields = Object.fromEntries(Object.entries(others).filter((entry) => !isInPath(entry)));
  if (identity === undefined || path.includes("{identity}")) return fields;
  return { deviceId: identity, moduleId: identity, ...fields };
}

function faultRows() {
  return Object.entries(faultTable).map(([name, { positional, options, scope, protocols, summary }]) => [
    `\`${name}\``,
    list({ ...positional, ...options }),
    scope,
    protocols.join(", "),
    summary,
  ]);
}

/** Names fields as in a signature: `deviceId`, `how?` `rst` `fin`. */
function list(fields) {
  return Object.entries(jsonFields(fields))
    .map(([name, { schema, isOptional }]) => `\`${name}${isOptional ? "?" : ""}\`${values(schema)}`)
    .join(", ");
}

function values({ enum: choices, minimum, maximum, properties, required = [] }) {
  if (choices !== undefined) return choices.map((each) => ` \`${each}\``).join("");
  if (properties !== undefined) {
    const members = Object.keys(properties).map((name) => (required.includes(name) ? name : `${name}?`));
    return ` \`{ ${members.join(", ")} }\``;
  }
  return maximum - minimum < 1000 ? ` ${minimum}–${maximum}` : "";
}

function table(head, rows) {
  return markdownTable(head, rows).replaceAll("|  |", "| |");
}

/** Replaces what stands between two markers. */
function insert(document, name, content) {
  const between = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!between.test(document)) throw new Error(`${readme} must have the markers <!-- ${name} -->`);
  return document.replace(between, (_all, start, end) => `${start}${content}\n${end}`);
}
