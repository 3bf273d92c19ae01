import { ReflectionKind } from "typedoc";
import { exportedNames } from "../lib/exports.mjs";
import { entries } from "../lib/packages.mjs";
import { areas } from "./areas.mjs";

/**
 * An export with its page.
 *
 * @typedef {object} Page
 * @property {string} name
 * @property {import("./areas.mjs").Area} area
 * @property {string} file - in docs/api
 * @property {string} group
 * @property {import("typedoc").DeclarationReflection} declaration - the one that the page shows
 * @property {Map<string, import("typedoc").DeclarationReflection>} variants - other declarations of the name, by entry
 * @property {string[]} entries - that export the name, the one to import from first
 * @property {boolean} isType - whether it is a type alone
 */

/**
 * Lists a page for each exported name of each area.
 *
 * @param {Map<string, import("typedoc").DeclarationReflection>} modules - by entry
 * @returns {Page[]}
 */
export function catalogOf(modules) {
  return areas.flatMap((area) => {
    const pages = new Map();
    for (const entry of area.entries) {
      for (const child of modules.get(entry).children ?? []) {
        const declaration = child.kind === ReflectionKind.Reference ? child.getTargetReflection() : child;
        const page = pages.get(child.name);
        if (page === undefined) pages.set(child.name, { area, declaration, variants: new Map() });
        else if (page.declaration !== declaration) page.variants.set(entry, declaration);
      }
    }
    const files = filesOf(pages);
    return [...pages].map(([name, page]) => complete(name, page, files.get(name)));
  });
}

/** Names that differ only in case have different files, also where file names ignore case. */
function filesOf(pages) {
  const names = [...pages.keys()];
  return new Map(
    names.map((name) => {
      const collides = names.some((other) => other !== name && other.toLowerCase() === name.toLowerCase());
      const suffix = collides && /^[a-z]/.test(name) ? "-function" : "";
      return [name, `${pages.get(name).area.folder}/${name}${suffix}.md`];
    }),
  );
}

function complete(name, page, file) {
  const { area, declaration } = page;
  const source = `${declaration.sources?.[0]?.fileName}:${name}`;
  const group = area.groups.find(([, pattern]) => pattern.test(source))?.[0];
  if (group === undefined) throw new Error(`scripts/api/areas.mjs has no group for ${source}`);
  const from = [...area.entries, ...(area.alsoFrom ?? [])].filter((entry) => namesOf(entry).has(name));
  from.sort((one, other) => rankOf(one) - rankOf(other));
  return { ...page, name, file, group, entries: from, isType: isType(declaration) };
}

/** One package is for every application, those of runtimes for some, and core for none. */
function rankOf(entry) {
  if (entry.startsWith("@isohub/core")) return 2;
  return entry.startsWith("@") ? 1 : 0;
}

const exportsOfEntries = new Map();

function namesOf(specifier) {
  if (!exportsOfEntries.has(specifier)) {
    const { source } = entries.find((each) => each.specifier === specifier);
    exportsOfEntries.set(specifier, exportedNames(source));
  }
  return exportsOfEntries.get(specifier);
}

function isType(declaration) {
  return declaration.kind === ReflectionKind.Interface || declaration.kind === ReflectionKind.TypeAlias;
}

/** Returns the anchor of a group in the index. @param {Pick<Page, "area" | "group">} page */
export function anchorOf({ area, group }) {
  return `${area.folder}-${group}`
    .toLowerCase()
    .replace(/[^\w -]/g, "")
    .replaceAll(" ", "-");
}
