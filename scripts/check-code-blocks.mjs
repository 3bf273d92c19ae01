// Checks the code in documents: JavaScript and TypeScript compile against the packages, and the commands of shell blocks exist.
// Blocks below `<!-- examples/… -->` are copies of programs that the tests run; see CONTRIBUTING.md. Run it after `tsc -b`.
import { checkCommands, isShell } from "./lib/documents/commands.mjs";
import { codeBlocksOf, isGenerated, listDocuments, readDocument } from "./lib/documents/documents.mjs";
import { checkTypes } from "./lib/documents/typed-blocks.mjs";

const documents = new Map();
const problems = [];
let commands = 0;

for (const document of listDocuments().filter((file) => !isGenerated(file))) {
  const text = readDocument(document);
  const blocks = codeBlocksOf(text).map((block) => (block.language === "html" ? scriptOf(block) : block));
  documents.set(document, blocks);
  // Copies of scripts are run by the tests.
  const isCopy = ({ directives }) => directives.some((each) => each.startsWith("examples/"));
  for (const block of blocks.filter((each) => isShell(each) && !isCopy(each))) {
    const checked = checkCommands(block, { text });
    commands += checked.commands;
    problems.push(...checked.problems.map(({ line, problem }) => `${document}:${line}: ${problem}`));
  }
}

const types = checkTypes(documents);
problems.push(...types.problems);
for (const problem of problems) console.error(problem);
console.log(`${types.count} modules, ${commands} commands in documents`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** Turns the script of a page into a block. */
function scriptOf(block) {
  const [all, start, code] =
    /(^[\s\S]*?<script type="module">\n)([\s\S]*?)\n\s*<\/script>/.exec(block.code) ?? [];
  if (all === undefined) return block;
  return { ...block, language: "js", code, line: block.line + start.split("\n").length - 1 };
}
