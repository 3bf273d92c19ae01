import { describe, expect, it } from "vitest";
import { checkCommands, isShell } from "./commands.mjs";
import { codeBlocksOf } from "./documents.mjs";
import { anchorsOf, linksOf, problemOf } from "./links.mjs";
import { brokenRowsOf } from "./tables.mjs";
import { modulesOf } from "./typed-blocks.mjs";

const shell = (code, language = "sh") => ({ language, code, line: 1, directives: [] });
const problems = (block, text = "") => checkCommands(block, { text }).problems.map(({ problem }) => problem);

describe("links", () => {
  it("are found in text, not in code", () => {
    const text = "[a](b.md) [`c`](d.md#e) [![f](g.png)](h.md)\n```\n[no](no.md)\n```\n`[no](no.md)`";
    expect(
      linksOf(text)
        .map(({ href }) => href)
        .sort(),
    ).toEqual(["b.md", "d.md#e", "g.png", "h.md"]);
  });

  it("must lead to files and headings", () => {
    expect(problemOf("README.md", "missing.md")).toBe("must name a file of the repository");
    expect(problemOf("docs/size.md", "../README.md")).toBeUndefined();
    expect(problemOf("README.md", "ARCHITECTURE.md#missing")).toBe("must name a heading of ARCHITECTURE.md");
    expect(problemOf("README.md", "https://example.com/missing")).toBeUndefined();
  });

  it("find headings by GitHub's anchors", () => {
    const text = '# A `b` & [c](d.md)\n## Same\n## Same\n```\n# no\n```\n<a id="own"></a>';
    expect([...anchorsOf(text)].sort()).toEqual(["a-b--c", "own", "same", "same-1"]);
  });
});

describe("tables", () => {
  it("have as many cells in each row as in the head", () => {
    expect(brokenRowsOf("| a | b |\n|---|---|\n| `x \\| y` | 2 |\n| 1 | 2 | 3 |")).toEqual([
      { line: 4, problem: "the row must have 2 cells, got 3" },
    ]);
  });
});

describe("code blocks", () => {
  it("have the directives of the comments above them", () => {
    const [block] = codeBlocksOf(
      "text\n\n<!-- with: declare const a: string;\nconst b = 1; -->\n\n```ts\na;\n```\n",
    );
    expect(block).toEqual({
      language: "ts",
      code: "a;",
      line: 7,
      directives: ["with: declare const a: string;\nconst b = 1;"],
    });
  });

  it("become modules whose lines are those of the document", () => {
    const text =
      "<!-- with: declare const a: string; -->\n```ts\na;\n```\n\n<!-- continues -->\n```ts\nb;\n```\n";
    const [module, ...others] = modulesOf(codeBlocksOf(text));
    expect(others).toEqual([]);
    const lines = module.code.split("\n");
    expect([lines[1], lines[2], lines[7]]).toEqual(["declare const a: string;", "a;", "b;"]);
  });
});

describe("commands", () => {
  it("are checked in blocks that have some", () => {
    expect(isShell(shell("npm test", ""))).toBe(true);
    expect(isShell(shell("some output", ""))).toBe(false);
  });

  it("must be scripts, programs and options that exist", () => {
    expect(problems(shell("npm run nothing"))).toEqual(["package.json must have the script 'nothing'"]);
    expect(problems(shell("npm install @isohub/nothing"))).toEqual([
      "@isohub/nothing must be a published package",
    ]);
    expect(problems(shell("isohub-emulator --nothing 1"))).toEqual([
      "--nothing must be an option of the emulator's command",
    ]);
    expect(problems(shell("npm run fuzz -- --seconds 600 --frobnicate"))).toEqual([
      "--frobnicate must be an option of scripts/fuzz.mjs",
    ]);
    expect(problems(shell("frobnicate"))).toHaveLength(1);
    expect(problems(shell("npm install @isohub/node && npm run docs   update files"))).toEqual([]);
  });

  it("name files that exist, or that the document names", () => {
    expect(problems(shell("CONNECTION_STRING='a;b=c' node mine.mjs"))).toHaveLength(1);
    expect(problems(shell("CONNECTION_STRING='a;b=c' node mine.mjs"), "Save it as `mine.mjs`.")).toEqual([]);
    expect(problems(shell("$env:CONNECTION_STRING = 'a'; node scripts/test.mjs", "powershell"))).toEqual([]);
  });

  it("are the lines behind a prompt where output is shown", () => {
    expect(
      checkCommands(shell("$ isohub-emulator --json \\\n  --port 1\nfrobnicate", "console"), { text: "" }),
    ).toEqual({
      commands: 1,
      problems: [],
    });
  });
});
