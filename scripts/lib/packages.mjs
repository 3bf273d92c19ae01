import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "./run.mjs";

/**
 * A path under which a package is imported.
 *
 * @typedef {object} Entry
 * @property {string} name - of its bundle: `index` for `@isohub/core`, `csr` for `@isohub/core/csr`
 * @property {string} specifier - as in an import: `@isohub/core/csr`
 * @property {string} source - its first module, from the root
 * @property {string} built - that module compiled, from the root
 */

/**
 * A package of the workspace, as its `package.json` describes it.
 *
 * @typedef {object} Package
 * @property {string} name - of its folder: `core` for `@isohub/core`
 * @property {string} folder - from the root
 * @property {any} manifest
 * @property {boolean} isPublished
 * @property {string[]} imports - the packages of the workspace that it may import
 * @property {string[]} dependencies - the names of packages that stay outside its bundles
 * @property {string[]} programs - the names of its commands' bundles
 * @property {boolean} hasCommonJs - whether it is published as CommonJS, too
 * @property {string[]} variants - the names of the bundles that other conditions of its exports lead to
 * @property {string[]} commonJsVariants - the same for `require`
 * @property {Entry[]} entries
 */

const ours = "@isohub/";

/** @returns {Package} */
function readPackage(name) {
  const folder = `packages/${name}`;
  const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  const { dependencies = {}, peerDependencies = {}, devDependencies = {}, exports = {}, bin = {} } = manifest;
  const entries = Object.entries(exports)
    .filter(([, conditions]) => typeof conditions !== "string")
    .map(([path, conditions]) => readEntry(manifest.name, folder, path, conditions));
  return {
    name,
    folder,
    manifest,
    isPublished: manifest.private !== true,
    imports: Object.keys({ ...dependencies, ...devDependencies })
      .filter((each) => each.startsWith(ours))
      .map((each) => each.slice(ours.length)),
    dependencies: Object.keys({ ...dependencies, ...peerDependencies }),
    programs: Object.values(bin).map((path) => basename(path, ".js")),
    hasCommonJs: manifest.main !== undefined,
    variants: variantsIn("./dist/", exports, entries),
    commonJsVariants: variantsIn("./cjs/", exports, entries),
    entries,
  };
}

/** Names the bundles in a folder that conditions lead to, other than those of the entries. */
function variantsIn(folder, exports, entries) {
  const conditional = Object.values(exports).filter((each) => typeof each !== "string");
  const names = conditional
    .flatMap(targetsOf)
    .filter((path) => path.startsWith(folder) && path.endsWith(".js"))
    .map((path) => basename(path, ".js"));
  return [...new Set(names)].filter((name) => !entries.some((each) => each.name === name));
}

/** Lists the files that conditions lead to. */
function targetsOf(conditions) {
  return typeof conditions === "string" ? [conditions] : Object.values(conditions).flatMap(targetsOf);
}

/** @returns {Entry} */
function readEntry(packageName, folder, path, conditions) {
  const specifier = `${packageName}${path.slice(1)}`;
  const { types } = conditions.import ?? conditions;
  const name = basename(types, ".d.ts");
  return {
    name,
    specifier,
    source: `${folder}/src/${name}.ts`,
    built: `${folder}/build/${name}.js`,
  };
}

/** Every package of the workspace, a package after those that it imports. @type {Package[]} */
export const packages = [
  "core",
  "node",
  "browser",
  "deno",
  "emulator",
  "simulator",
  "artillery-engine",
  "isohub",
  "console",
  "conformance",
].map(readPackage);

/** @param {string} name @returns {Package} */
export function packageNamed(name) {
  const found = packages.find((each) => each.name === name);
  if (found === undefined)
    throw new Error(`the package '${name}' must be listed in scripts/lib/packages.mjs`);
  return found;
}

/** Every entry of every package. @type {Entry[]} */
export const entries = packages.flatMap((each) => each.entries);

/** Every `package.json` of the repository that has a version, from the root. @returns {string[]} */
export function repositoryManifests() {
  const inFolder = (folder) =>
    readdirSync(join(root, folder))
      .map((name) => `${folder}/${name}/package.json`)
      .filter((file) => existsSync(join(root, file)));
  return [...inFolder("packages"), ...inFolder("examples"), "bench/package.json", "scripts/api/package.json"];
}
