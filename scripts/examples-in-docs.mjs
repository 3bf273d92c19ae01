// Copies examples, which the tests run, into documents: each file into the code block below its name, as in
// `<!-- examples/… -->`. With --check, writes nothing and fails where a document differs from its example.
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
    console.error(`${document} doesn't match its examples. Run \`npm run docs\` to update it.`);
    process.exitCode = 1;
  } else writeFileSync(root + document, current);
}
console.log(`${count} examples in documents`);
