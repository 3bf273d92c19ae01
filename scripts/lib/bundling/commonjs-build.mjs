import { builtinModules } from "node:module";
import commonjs from "@rollup/plugin-commonjs";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { licenses } from "./licenses.mjs";

/**
 * Dependencies that are ES modules only. Node can require them, but Jest and older tools can't, so the CommonJS builds have them
 * bundled.
 */
export const esModulesOnly = ["jose"];

/** Whether an id names a module of Node. @param {string} id */
export const isBuiltin = (id) => id.startsWith("node:") || builtinModules.includes(id);

/** Adds the prefix `node:`, without which only Node itself finds its modules. @param {string} id */
export const withNodePrefix = (id) => (builtinModules.includes(id) ? `node:${id}` : id);

/** Creates the Rollup plugins that bundle npm packages for Node. */
export const npmPackages = () => [
  {
    name: "json",
    transform: (code, id) => (id.endsWith(".json") ? { code: `export default ${code}`, map: null } : null),
  },
  nodeResolve({ preferBuiltins: true, exportConditions: ["node"] }),
  commonjs({ strictRequires: true }),
  licenses(),
];

/** Creates a Rollup plugin that makes a folder with its own module format. */
export function commonJsFolder() {
  return {
    name: "commonjs-folder",
    // Rollup's replacement takes a test environment with a `document` for a page.
    resolveImportMeta: (property) =>
      property === "url" ? 'require("node:url").pathToFileURL(__filename).href' : null,
    generateBundle() {
      const manifest = { type: "commonjs", sideEffects: false };
      this.emitFile({ type: "asset", fileName: "package.json", source: `${JSON.stringify(manifest)}\n` });
    },
  };
}
