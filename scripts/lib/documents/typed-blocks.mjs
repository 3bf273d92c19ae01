import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { entries } from "../packages.mjs";
import { bin, root } from "../run.mjs";

const extensions = {
  js: "ts",
  mjs: "ts",
  javascript: "ts",
  jsx: "tsx",
  ts: "ts",
  typescript: "ts",
  tsx: "tsx",
};
const isStrict = (language) => /^t/.test(language);

/** Whether blocks of a language are checked by the compiler. @param {string} language */
export const isTyped = (language) => language in extensions;

/**
 * Groups the blocks of a document into modules: a block with the directive `continues` belongs to the one before it. Each line of a
 * module is at its place in the document. The directive `with: …` adds code above a block, which readers don't see.
 *
 * @param {import("./documents.mjs").CodeBlock[]} blocks
 * @returns {{ language: string, code: string }[]}
 */
export function modulesOf(blocks) {
  /** @type {{ language: string, lines: string[] }[]} */
  const modules = [];
  for (const { language, code, line, directives } of blocks) {
    if (!isTyped(language) || directives.some((each) => /^examples\//.test(each))) continue;
    const isContinued = directives.some((each) => /^continues\b/.test(each));
    if (!isContinued || modules.length === 0) modules.push({ language, lines: [] });
    const module = modules.at(-1);
    while (module.lines.length < line - 1) module.lines.push("");
    const hidden = directives
      .filter((each) => each.startsWith("with:"))
      .map((each) =>
        each
          .slice(5)
          .replace(/\s*\n\s*/g, " ")
          .trim(),
      );
    module.lines[line - 2] += hidden.join(" ");
    module.lines.push(...code.split("\n"));
  }
  return modules.map(({ language, lines }) => ({ language, code: `${lines.join("\n")}\nexport {};\n` }));
}

/**
 * Checks the types of code in documents against the declarations of the packages.
 *
 * @param {Map<string, import("./documents.mjs").CodeBlock[]>} documents - blocks by document
 * @returns {{ count: number, problems: string[] }} problems as `document:line: message`
 */
export function checkTypes(documents) {
  const folder = join(root, "node_modules/.cache/code-blocks");
  rmSync(folder, { recursive: true, force: true });
  const names = new Map();
  for (const [document, blocks] of documents) {
    modulesOf(blocks).forEach(({ language, code }, index) => {
      const kind = isStrict(language) ? "strict" : "loose";
      const name = `${document.replaceAll(/[^\w]+/g, "-")}-${index}.${extensions[language]}`;
      mkdirSync(join(folder, kind), { recursive: true });
      writeFileSync(join(folder, kind, name), code);
      names.set(`${kind}/${name}`, document);
    });
  }
  const kinds = [...new Set([...names.keys()].map((name) => name.split("/")[0]))];
  return { count: names.size, problems: kinds.flatMap((kind) => compile(folder, kind, names)) };
}

function compile(folder, kind, names) {
  const base = "../../../..";
  const declared = entries.flatMap(({ specifier, built }) => {
    const declaration = [`${base}/${built.replace(/\.js$/, ".d.ts")}`];
    return [
      [specifier, declaration],
      [`npm:${specifier}`, declaration],
    ];
  });
  const installed = ["packages/conformance", "packages/deno", "examples/react", "."].map(
    (from) => `${base}/${from}/node_modules`,
  );
  const config = {
    compilerOptions: {
      target: "ES2022",
      module: "ESNext",
      moduleResolution: "bundler",
      lib: ["ES2023", "ESNext.Disposable", "DOM", "DOM.Iterable"],
      types: ["node", "deno"],
      typeRoots: [`${base}/node_modules/@types`, `${base}/packages/deno/node_modules/@types`],
      jsx: "react-jsx",
      noEmit: true,
      skipLibCheck: true,
      strict: kind === "strict",
      paths: {
        ...Object.fromEntries(declared),
        "*": installed.flatMap((from) => [`${from}/*`, `${from}/@types/*`]),
      },
    },
    include: ["*"],
  };
  writeFileSync(join(folder, kind, "tsconfig.json"), JSON.stringify(config));
  const { stdout } = spawnSync(bin("tsc"), ["-p", join(folder, kind), "--pretty", "false"], {
    cwd: join(folder, kind),
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  return stdout
    .split("\n")
    .filter((line) => /error TS/.test(line))
    .map((line) => {
      const [, file, row, message] = /^(?:.*[\\/])?([^\\/(]+)\((\d+),\d+\): error (TS.*)$/.exec(line) ?? [];
      return file === undefined ? line : `${names.get(`${kind}/${file}`)}:${row}: ${message}`;
    });
}
