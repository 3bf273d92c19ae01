// Code in documents is the code of examples, which the tests run. Writes each file of examples/ into the documents that name
// it above a block, as `<!-- examples/… -->`; with --check it writes nothing and fails where the two differ.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { root } from "./lib/run.mjs";

const included = /<!-- (examples\/\S+) -->\n```(\w+)\n[\s\S]*?```/g;
const documents = ["README.md", ...readdirSync(`${root}docs`).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith(".md"),
);
const check = process.argv.includes("--check");
let count = 0;

for (const document of documents) {
  const text = readFileSync(root + document, "utf8");
  const current = text.replace(included, (_all, file, language) => {
    count += 1;
    return `<!-- ${file} -->\n\`\`\`${language}\n${readFileSync(root + file, "utf8")}\`\`\``;
  });
  if (current === text) continue;
  if (check) {
    console.error(`${document} shows an example as it no longer is; run node scripts/examples-in-docs.mjs`);
    process.exitCode = 1;
  } else writeFileSync(root + document, current);
}
console.log(`${count} examples in documents`);
