// Checks every Markdown file: relative links, images and anchors lead somewhere, and the rows of tables have the cells of their heads.
import { listDocuments, readDocument } from "./lib/documents/documents.mjs";
import { linksOf, problemOf } from "./lib/documents/links.mjs";
import { brokenRowsOf } from "./lib/documents/tables.mjs";

const documents = listDocuments();
let count = 0;

for (const document of documents) {
  const text = readDocument(document);
  for (const { href, line } of linksOf(text)) {
    count++;
    const problem = problemOf(document, href);
    if (problem !== undefined) report(document, line, `the link '${href}' ${problem}`);
  }
  for (const { line, problem } of brokenRowsOf(text)) report(document, line, problem);
}
console.log(`${count} links in ${documents.length} documents`);

function report(document, line, problem) {
  console.error(`${document}:${line}: ${problem}`);
  process.exitCode = 1;
}
