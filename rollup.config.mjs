import { resolve } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";
import { mqttJsForTheWeb } from "./scripts/lib/bundling/mqttjs-for-the-web.mjs";
import { sharedPrivateNames } from "./scripts/lib/bundling/private-names.mjs";
import { sourceMaps } from "./scripts/lib/bundling/source-maps.mjs";
import { packages } from "./scripts/lib/packages.mjs";

// tsc writes modules and declarations to packages/*/build; `npm run build` joins the modules of each entry into one file in
// dist, because one file less is one file system access less at import.

/** Packages whose entries are bundled for a page, with everything in them. */
const selfContained = ["browser"];
/** Entries with a separate configuration below. */
const special = ["packages/core/build/mqttjs-web.js", "packages/emulator/build/control-client.js"];

const libraries = packages
  .filter(({ name, isPublished }) => isPublished && !selfContained.includes(name))
  .map(({ folder, entries, programs, dependencies }) => {
    const modules = [
      ...entries.map(({ name, built }) => [name, built]),
      ...programs.map((name) => [name, `${folder}/build/${name}.js`]),
    ].filter(([, built]) => !special.includes(built));
    return {
      input: Object.fromEntries(modules),
      external: (id) =>
        id.startsWith("node:") || dependencies.some((name) => id === name || id.startsWith(`${name}/`)),
      plugins: [sourceMaps()],
      onwarn,
      output: {
        dir: `${folder}/dist`,
        format: "es",
        entryFileNames: "[name].js",
        chunkFileNames: "chunks/[name].js",
        manualChunks: shared(modules.map(([, built]) => resolve(built))),
        sourcemap: true,
        // They are in the package.
        sourcemapExcludeSources: true,
      },
    };
  });

/**
 * Puts all modules that several entries share into one file: they are small. Modules that are imported on use stay
 * separate.
 */
function shared(entries) {
  let users;
  return (id, { getModuleInfo }) => {
    users ??= countUsers(entries, getModuleInfo);
    return users.get(id) > 1 ? "shared" : undefined;
  };
}

/** Counts the entries that import each module, directly or indirectly. */
function countUsers(entries, getModuleInfo) {
  const users = new Map();
  for (const entry of entries) {
    const reached = new Set([entry]);
    for (const id of reached) for (const next of getModuleInfo(id)?.importedIds ?? []) reached.add(next);
    for (const id of reached) users.set(id, (users.get(id) ?? 0) + 1);
  }
  return users;
}

/** An import that is left over is an error: a bundle for the web has everything in it. */
function onwarn(warning, warn) {
  if (warning.code === "UNRESOLVED_IMPORT") throw new Error(warning.message);
  // The compiler's helpers cause the second one.
  if (!["CIRCULAR_DEPENDENCY", "THIS_IS_UNDEFINED"].includes(warning.code)) warn(warning);
}

/** MQTT.js from its sources, for runtimes without Node's modules. */
const mqttJs = {
  input: "packages/core/build/mqttjs-web.js",
  plugins: [sourceMaps(), ...mqttJsForTheWeb()],
  onwarn,
  output: { file: "packages/core/dist/mqttjs-web.js", format: "es", sourcemap: true },
};

/** The client of the emulator's control API, for every runtime: it has no imports. */
const controlClient = {
  input: "packages/emulator/build/control-client.js",
  plugins: [sourceMaps()],
  onwarn,
  output: {
    file: "packages/emulator/dist/control-client.js",
    format: "es",
    sourcemap: true,
    sourcemapExcludeSources: true,
  },
};

/** The browser package is self-contained: a page needs one file, with or without a bundler. */
const browser = {
  input: "packages/browser/build/index.js",
  plugins: [sourceMaps(), nodeResolve({ browser: true }), sharedPrivateNames()],
  onwarn,
  output: [
    {
      dir: "packages/browser/dist",
      format: "es",
      chunkFileNames: "chunks/[name]-[hash].js",
      plugins: [terser({ ecma: 2020, module: true })],
    },
    {
      file: "packages/browser/dist/isohub.global.js",
      format: "iife",
      name: "isohub",
      inlineDynamicImports: true,
      plugins: [terser({ ecma: 2020 })],
    },
  ].map((output) => ({ ...output, sourcemap: true })),
};

/** The essentials of a device as a separate bundle: code that only the rest of the package uses stays out of it. */
const browserLite = {
  ...browser,
  input: "packages/browser/build/lite.js",
  output: {
    file: "packages/browser/dist/lite.js",
    format: "es",
    sourcemap: true,
    plugins: [terser({ ecma: 2022, module: true, compress: { passes: 2 } })],
  },
};

/** MQTT.js as an engine for pages that use it, self-contained as well. */
const browserMqttJs = {
  input: "packages/browser/build/mqttjs.js",
  plugins: [nodeResolve({ browser: true })],
  onwarn,
  output: {
    file: "packages/browser/dist/mqttjs.js",
    format: "es",
    sourcemap: true,
    plugins: [terser({ ecma: 2020, module: true })],
  },
};

export default [...libraries, mqttJs, controlClient, browser, browserLite, browserMqttJs];
