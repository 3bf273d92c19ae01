// packages/*/exports.txt: the names that each entry of a package exports. With --check, writes nothing and fails where a name was added
// or removed.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportedNames } from "./lib/exports.mjs";
import { packages } from "./lib/packages.mjs";
import { root } from "./lib/run.mjs";

const check = process.argv.includes("--check");

for (const { manifest, folder, entries } of packages.filter((each) => each.isPublished)) {
  const file = join(root, folder, "exports.txt");
  const current = entries.map(render).join("\n");
  const written = existsSync(file) ? readFileSync(file, "utf8") : "";
  console.log(
    `${manifest.name}: ${current.split("\n").filter((line) => line.startsWith("  ")).length} names`,
  );
  if (current === written) continue;
  if (!check) writeFileSync(file, current);
  else {
    console.error(`${folder}/exports.txt doesn't match the sources. Run \`npm run docs\` to update it.`);
    for (const line of difference(written, current)) console.error(`  ${line}`);
    process.exitCode = 1;
  }
}

/** @param {import("./lib/packages.mjs").Entry} entry */
function render({ specifier, source }) {
  const names = [...exportedNames(source)].map(([name, kind]) =>
    kind === "type" ? `  type ${name}` : `  ${name}`,
  );
  return `${specifier}\n${names.join("\n")}\n`;
}

/** Lists the lines with their entry that only one of two lists has. */
function difference(before, after) {
  const qualified = (text) => {
    let entry = "";
    return text.split("\n").flatMap((line) => {
      if (line.startsWith("  ")) return [`${entry}: ${line.trim()}`];
      entry = line;
      return [];
    });
  };
  const [one, other] = [qualified(before), qualified(after)];
  return [
    ...one.filter((line) => !other.includes(line)).map((line) => `- ${line}`),
    ...other.filter((line) => !one.includes(line)).map((line) => `+ ${line}`),
  ];
}
