import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";

const mark = "?part=";

/** The file of a module, which may be a part's copy. @param {string} id */
export const fileOf = (id) => id.split(mark)[0];

/**
 * Creates a Rollup plugin that gives each part that is loaded on use its own copy of the modules that the package's first file
 * lacks. A part is then one file: it loads with one request, and if that fails, Firefox can load it again.
 *
 * @param {string} entry - whose modules are loaded before any part
 */
export function partsInOneFile(entry) {
  const first = staticImportsOf(resolve(entry));
  return {
    name: "parts-in-one-file",
    async resolveDynamicImport(specifier, importer) {
      if (typeof specifier !== "string") return null;
      const resolved = await this.resolve(specifier, fileOf(importer));
      if (resolved === null || resolved.external) return resolved;
      return `${resolved.id}${mark}${basename(resolved.id, ".js")}`;
    },
    async resolveId(source, importer) {
      const [file, part] = importer?.split(mark) ?? [];
      if (part === undefined) return null;
      const resolved = await this.resolve(source, file, { skipSelf: true });
      if (resolved === null || resolved.external || first.has(resolved.id)) return resolved;
      return `${resolved.id}${mark}${part}`;
    },
  };
}

/** The modules that a compiled module imports before it runs, and itself. */
function staticImportsOf(entry) {
  const found = new Set([entry]);
  for (const file of found) {
    for (const [, specifier] of readFileSync(file, "utf8").matchAll(/^(?:.*\bfrom|import) "(\.[^"]+)";$/gm))
      found.add(resolve(dirname(file), specifier));
  }
  return found;
}
