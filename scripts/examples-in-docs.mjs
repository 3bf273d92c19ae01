// Copies examples, which the tests run, into documents: each file into the code block below its name, as in `<!-- examples/… -->`.
// With `#name`, copies the lines between `// #region name` and `// #endregion` alone. With --check, writes nothing and fails where a
// document differs from its example.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { isGenerated, listDocuments, readDocument } from "./lib/documents/documents.mjs";
import { root } from "./lib/run.mjs";

const included = /<!-- (examples\/[^\s#]+)(?:#([\w-]+))? -->\n(`{3,})(\w+)\n[\s\S]*?\3/g;
const check = process.argv.includes("--check");
let count = 0;

for (const document of listDocuments().filter((file) => !isGenerated(file))) {
  const text = readDocument(document);
  const current = text.replace(included, (_all, file, region, fence, language) => {
    count += 1;
    const name = region === undefined ? file : `${file}#${region}`;
    return `<!-- ${name} -->\n${fence}${language}\n${exampleOf(file, region)}${fence}`;
  });
  if (current === text) continue;
  if (check) {
    console.error(`${document} doesn't match its examples. Run \`npm run docs\` to update it.`);
    process.exitCode = 1;
  } else writeFileSync(root + document, current);
}
console.log(`${count} examples in documents`);

/** Returns an example, or a region of it without its indentation; marks of regions are left out. */
function exampleOf(file, region) {
  if (!existsSync(root + file)) throw new Error(`${file} must be a file of the repository`);
  const lines = readFileSync(root + file, "utf8").split("\n");
  const isMark = (line) => /^\s*(?:\/\/|#|<!--) ?#(?:end)?region\b/.test(line);
  if (region === undefined) return lines.filter((line) => !isMark(line)).join("\n");
  const start = lines.findIndex((line) => isMark(line) && line.includes(`#region ${region}`));
  const length = lines.slice(start + 1).findIndex((line) => isMark(line) && line.includes("#endregion"));
  if (start < 0 || length < 0) throw new Error(`${file} must have the region '${region}', with its end`);
  const part = lines.slice(start + 1, start + 1 + length).filter((line) => !isMark(line));
  const indentation = Math.min(...part.filter((line) => line.trim() !== "").map((line) => line.search(/\S/)));
  return `${part.map((line) => line.slice(indentation)).join("\n")}\n`;
}
