import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packages } from "../packages.mjs";
import { root } from "../run.mjs";

/** Classes and types that public declarations mention in members for the project's own use. */
const notPublic = ["ClientCore", "ClientSetup", "RegistrationSetup", "OutboxHost", "OpenOutbox", "Platform"];

const declaration =
  /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|const|function) ([\w$]+)[\s\S]*?(?=^(?:export|declare|class|interface|type) |(?![\s\S]))/gm;

/**
 * Returns each word in the source of what a package exports, and of the types that it mentions: names of classes, members,
 * options and parameters, a few of which aren't public.
 *
 * @param {string} name - of the package's folder
 * @returns {Set<string>}
 */
export function publicNames(name) {
  const { folder, imports } = packages.find((each) => each.name === name);
  const declarations = new Map();
  for (const path of [folder, ...imports.map((each) => `packages/${each}`)]) {
    for (const [text, type] of declarationsIn(join(root, path, "build")))
      declarations.set(type, (declarations.get(type) ?? "") + text);
  }
  const exported = readFileSync(join(root, folder, "exports.txt"), "utf8");
  const reached = new Set(Array.from(exported.matchAll(/^ +(?:type )?(\w+)$/gm), ([, type]) => type));
  const words = new Set();
  for (const type of reached) {
    for (const [word] of (declarations.get(type) ?? "").matchAll(/[\w$]+/g)) {
      words.add(word);
      if (/^[A-Z]/.test(word) && !notPublic.includes(word)) reached.add(word);
    }
  }
  return words;
}

function* declarationsIn(folder) {
  for (const file of readdirSync(folder, { recursive: true })) {
    if (!file.endsWith(".d.ts")) continue;
    const code = readFileSync(join(folder, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    yield* code.matchAll(declaration);
  }
}
