import { resolve } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";
import {
  commonJsFolder,
  esModulesOnly,
  isBuiltin,
  npmPackages,
  withNodePrefix,
} from "./scripts/lib/bundling/commonjs-build.mjs";
import { shortInternalNames } from "./scripts/lib/bundling/internal-names.mjs";
import { letDeclarations } from "./scripts/lib/bundling/let-declarations.mjs";
import { licenses } from "./scripts/lib/bundling/licenses.mjs";
import { mqttJsForTheWeb } from "./scripts/lib/bundling/mqttjs-for-the-web.mjs";
import { fileOf, partsInOneFile } from "./scripts/lib/bundling/parts-in-one-file.mjs";
import { plainImports } from "./scripts/lib/bundling/plain-imports.mjs";
import { sharedPrivateNames } from "./scripts/lib/bundling/private-names.mjs";
import { sourceMaps, withoutPublishedSources } from "./scripts/lib/bundling/source-maps.mjs";
import { timerWorker } from "./scripts/lib/bundling/timer-worker.mjs";
import { webSocketClient } from "./scripts/lib/bundling/websocket-client.mjs";
import { packages } from "./scripts/lib/packages.mjs";

// tsc writes modules and declarations to packages/*/build; `npm run build` joins the modules of each entry into one file in
// dist, because one file less is one file system access less at import.

/** CommonJS without import(), which Jest doesn't support. */
const requirable = { format: "cjs", exports: "named", dynamicImportInCjs: false, interop: "auto" };
/** Packages whose entries are bundled for a page, with everything in them. */
const selfContained = ["browser"];
/** The entries for every runtime of packages that have others for Node. */
const forEveryRuntime = ["packages/simulator/build/index.js"];
/** Entries with a separate configuration below. */
const special = [
  "packages/core/build/mqttjs-web.js",
  "packages/emulator/build/control-client.js",
  "packages/emulator/build/web.js",
];

const published = packages.filter(({ name, isPublished }) => isPublished && !selfContained.includes(name));
const libraries = [
  ...published.map(esModules),
  ...published.filter(({ hasCommonJs }) => hasCommonJs).map(commonJs),
];

function esModules({ folder, entries, programs, variants, dependencies }) {
  const modules = [
    ...entries.map(({ name, built }) => [name, built]),
    ...[...programs, ...variants].map((name) => [name, `${folder}/build/${name}.js`]),
  ];
  return library(modules, dependencies, { dir: `${folder}/dist`, format: "es" });
}

function commonJs({ folder, entries, commonJsVariants, dependencies }) {
  const modules = [
    ...entries.map(({ name, built }) => [name, built]),
    ...commonJsVariants.map((name) => [name, `${folder}/build/${name}.js`]),
  ];
  const external = dependencies.filter((name) => !esModulesOnly.includes(name));
  const options = library(modules, external, { dir: `${folder}/cjs`, ...requirable });
  return { ...options, plugins: [...options.plugins, commonJsFolder()] };
}

function library(allModules, external, output) {
  const modules = allModules.filter(([, built]) => !special.includes(built));
  return {
    input: Object.fromEntries(modules),
    external: (id) => isBuiltin(id) || external.some((name) => id === name || id.startsWith(`${name}/`)),
    plugins: [plainImports(), ...parts(allModules), sourceMaps(), webSocketClient(), ...npmPackages()],
    onwarn,
    output: {
      ...output,
      entryFileNames: "[name].js",
      chunkFileNames: ({ name }) => `chunks/${fileOf(name)}.js`,
      manualChunks: shared(modules.map(([, built]) => resolve(built))),
      paths: withNodePrefix,
      sourcemap: true,
      plugins: [withoutPublishedSources()],
    },
  };
}

/** Separates the parts of core, which pages load over the network. Those of other packages share more, and are read from disk. */
function parts([[, index]]) {
  return index === "packages/core/build/index.js" ? [partsInOneFile(index)] : [];
}

/**
 * Puts all modules that several entries share into one file: they are small. Modules that are imported on use stay
 * separate. In a package for every runtime, modules that only its other entries share are in a second file: they need Node.
 */
function shared(entries) {
  let users;
  const isForEveryRuntime = forEveryRuntime.some((built) => resolve(built) === entries[0]);
  return (id, { getModuleInfo }) => {
    users ??= usersOf(entries, getModuleInfo);
    const using = users.get(id) ?? [];
    if (using.length < 2) return undefined;
    return isForEveryRuntime && !using.includes(entries[0]) ? "shared-node" : "shared";
  };
}

/** Lists the entries that import each module, directly or indirectly. */
function usersOf(entries, getModuleInfo) {
  const users = new Map();
  for (const entry of entries) {
    const reached = new Set([entry]);
    for (const id of reached) for (const next of getModuleInfo(id)?.importedIds ?? []) reached.add(next);
    for (const id of reached) users.set(id, [...(users.get(id) ?? []), entry]);
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
  plugins: [sourceMaps(), ...mqttJsForTheWeb(), licenses("mqttjs-web.licenses.txt")],
  onwarn,
  output: [
    { file: "packages/core/dist/mqttjs-web.js", format: "es", sourcemap: true },
    { file: "packages/core/cjs/mqttjs-web.js", ...requirable, sourcemap: true },
  ],
};

/** The client of the emulator's control API, for every runtime: it has no imports. */
const controlClient = {
  input: "packages/emulator/build/control-client.js",
  plugins: [sourceMaps()],
  onwarn,
  output: [
    { file: "packages/emulator/dist/control-client.js", format: "es" },
    { file: "packages/emulator/cjs/control-client.js", ...requirable },
  ].map((output) => ({ ...output, sourcemap: true, sourcemapExcludeSources: true })),
};

/** The hub in a page, without the modules for Node that the package's other entries share. Core stays the application's own copy. */
const memoryHub = {
  input: "packages/emulator/build/web.js",
  external: (id) => id === "@isohub/core" || id.startsWith("@isohub/core/"),
  plugins: [sourceMaps()],
  onwarn,
  output: [
    { file: "packages/emulator/dist/web.js", format: "es" },
    { file: "packages/emulator/cjs/web.js", ...requirable },
  ].map((output) => ({ ...output, sourcemap: true, sourcemapExcludeSources: true })),
};

/** Code that isn't inlined and comparisons that aren't turned are more alike, and compress better. */
const compress = { passes: 2, inline: 1, reduce_funcs: false, lhs_constants: false, unsafe_methods: true };

/** Bundlers must leave an import alone whose address is known at run time only. */
const format = { comments: /@vite-ignore|webpackIgnore/ };

/** The browser package is self-contained: a page needs one file, with or without a bundler. */
const browser = {
  input: "packages/browser/build/index.js",
  plugins: [
    sourceMaps(),
    nodeResolve({ browser: true }),
    sharedPrivateNames(),
    shortInternalNames(),
    letDeclarations(),
    timerWorker(),
  ],
  onwarn,
  output: [
    {
      dir: "packages/browser/dist",
      format: "es",
      chunkFileNames: "chunks/[name]-[hash].js",
      plugins: [terser({ ecma: 2020, module: true, compress, format })],
    },
    {
      dir: "packages/browser/cjs",
      ...requirable,
      chunkFileNames: "chunks/[name].js",
      plugins: [commonJsFolder(), terser({ ecma: 2022, compress, format })],
    },
    {
      file: "packages/browser/dist/isohub.global.js",
      format: "iife",
      name: "isohub",
      inlineDynamicImports: true,
      plugins: [terser({ ecma: 2020, compress, format })],
    },
  ].map((output) => ({ ...output, sourcemap: true })),
};

/** The essentials of a device as a separate bundle: code that only the rest of the package uses stays out of it. */
const browserLite = {
  ...browser,
  input: "packages/browser/build/lite.js",
  output: [
    {
      dir: "packages/browser/dist",
      format: "es",
      chunkFileNames: "chunks/[name]-[hash].js",
      sourcemap: true,
      plugins: [terser({ ecma: 2022, module: true, compress, format })],
    },
    {
      dir: "packages/browser/cjs",
      ...requirable,
      chunkFileNames: "chunks/lite-[name].js",
      sourcemap: true,
      plugins: [terser({ ecma: 2022, compress, format })],
    },
  ],
};

/** The outbox, for pages with either of the two. Its code for clients has the same short names. */
const browserOutbox = {
  ...browser,
  input: "packages/browser/build/outbox.js",
  plugins: [...browser.plugins, licenses("outbox.licenses.txt")],
  output: [
    {
      file: "packages/browser/dist/outbox.js",
      format: "es",
      sourcemap: true,
      plugins: [terser({ ecma: 2022, module: true, compress, format })],
    },
    {
      file: "packages/browser/cjs/outbox.js",
      ...requirable,
      sourcemap: true,
      plugins: [terser({ ecma: 2022, compress, format })],
    },
  ],
};

/** MQTT.js as an engine for pages that use it, self-contained as well. */
const browserMqttJs = {
  input: "packages/browser/build/mqttjs.js",
  plugins: [nodeResolve({ browser: true })],
  onwarn,
  output: [
    {
      file: "packages/browser/dist/mqttjs.js",
      format: "es",
      sourcemap: true,
      plugins: [terser({ ecma: 2020, module: true })],
    },
    {
      file: "packages/browser/cjs/mqttjs.js",
      ...requirable,
      sourcemap: true,
      plugins: [terser({ ecma: 2022 })],
    },
  ],
};

/** Tools that pages use next to a client, as separate files. */
const browserTools = ["wire", "timer"].map((name) => ({
  input: `packages/browser/build/${name}.js`,
  plugins: [nodeResolve({ browser: true }), timerWorker()],
  onwarn,
  output: [
    {
      file: `packages/browser/dist/${name}.js`,
      format: "es",
      sourcemap: true,
      plugins: [terser({ ecma: 2020, module: true })],
    },
    {
      file: `packages/browser/cjs/${name}.js`,
      ...requirable,
      sourcemap: true,
      plugins: [terser({ ecma: 2022 })],
    },
  ],
}));

export default [
  ...libraries,
  mqttJs,
  controlClient,
  memoryHub,
  browser,
  browserLite,
  browserOutbox,
  browserMqttJs,
  ...browserTools,
];
