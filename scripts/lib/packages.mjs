import { readFileSync } from "node:fs";
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
 * @property {boolean} isDocumented - whether the API reference lists it
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
 * @property {Entry[]} entries
 */

/** Entries that the API reference leaves out: for other packages of the workspace, or documented with an engine or a runtime. */
const undocumented = new Set([
  "@isohub/core/internal",
  "@isohub/core/lean",
  "@isohub/core/mqttjs",
  "@isohub/core/mqttjs-web",
  "@isohub/core/runtime",
  "@isohub/core/web",
  "@isohub/browser/mqttjs",
  "@isohub/deno/mqttjs",
  "@isohub/node/mqttjs",
  "@isohub/deno/token-broker",
  "@isohub/node/token-broker",
]);

const ours = "@isohub/";

/** @returns {Package} */
function readPackage(name) {
  const folder = `packages/${name}`;
  const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  const { dependencies = {}, peerDependencies = {}, devDependencies = {}, exports = {}, bin = {} } = manifest;
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
    variants: [
      ...new Set(
        Object.values(exports).flatMap(({ browser }) =>
          browser === undefined ? [] : [basename(browser.import.default, ".js")],
        ),
      ),
    ],
    entries: Object.entries(exports)
      .filter(([, conditions]) => typeof conditions !== "string")
      .map(([path, conditions]) => readEntry(name, path, conditions)),
  };
}

/** @returns {Entry} */
function readEntry(name, path, conditions) {
  const specifier = `${ours}${name}${path.slice(1)}`;
  const { types, default: bundle } = conditions.import ?? conditions;
  const module = types.replace(/^\.\/build\//, "").replace(/\.d\.ts$/, "");
  return {
    name: basename(bundle, ".js"),
    specifier,
    source: `packages/${name}/src/${module}.ts`,
    built: `packages/${name}/build/${module}.js`,
    isDocumented: !undocumented.has(specifier),
  };
}

/** Every package of the workspace, a package after those that it imports. @type {Package[]} */
export const packages = ["core", "node", "browser", "deno", "emulator", "conformance"].map(readPackage);

/** @param {string} name @returns {Package} */
export function packageNamed(name) {
  const found = packages.find((each) => each.name === name);
  if (found === undefined)
    throw new Error(`the package '${name}' must be listed in scripts/lib/packages.mjs`);
  return found;
}

/** Every entry of every package. @type {Entry[]} */
export const entries = packages.flatMap((each) => each.entries);
