import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { entries } from "./packages.mjs";
import { root } from "./run.mjs";

const list = /^export (type )?\{([^}]*)\}(?: from "([^"]+)")?/gm;
const star = /^export (type )?\* from "([^"]+)"/gm;
const declaration =
  /^export (?:declare )?(?:abstract )?(?:async )?(class|function\*?|const|let|enum|interface|type) (?!\{)(\w+)/gm;

/**
 * Reads the names that a module exports, also those of the modules that it exports whole.
 *
 * @param {string} file - from the root
 * @returns {Map<string, "type" | "value">} in alphabetical order
 */
export function exportedNames(file) {
  /** @type {Map<string, "type" | "value">} */
  const names = new Map();
  const add = (name, isType) => {
    // A class or a constant may share its name with a type.
    if (!isType || !names.has(name)) names.set(name, isType ? "type" : "value");
  };
  const code = readFileSync(join(root, file), "utf8");
  for (const [, kind, name] of code.matchAll(declaration)) add(name, kind === "interface" || kind === "type");
  for (const [, isListOfTypes, members] of code.matchAll(list)) {
    for (const member of members.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "").split(",")) {
      const [, isType, name] = /^\s*(type )?(?:\w+ as )?(\w+)\s*$/.exec(member) ?? [];
      if (name !== undefined) add(name, (isType ?? isListOfTypes) !== undefined);
    }
  }
  for (const [, onlyTypes, specifier] of code.matchAll(star)) {
    for (const [name, kind] of exportedNames(locate(specifier, file)))
      add(name, kind === "type" || onlyTypes !== undefined);
  }
  return new Map([...names].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Returns the source file of an import. */
function locate(specifier, importer) {
  const entry = entries.find((each) => each.specifier === specifier);
  const file = entry?.source ?? join(dirname(importer), specifier);
  if (!existsSync(join(root, file))) throw new Error(`${importer} exports ${specifier}, which has no source`);
  return file;
}
