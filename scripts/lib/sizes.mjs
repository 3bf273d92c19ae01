import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";
import { rollup } from "rollup";
import { consoleFolder } from "./bundling/console.mjs";
import { packages } from "./packages.mjs";
import { root } from "./run.mjs";

/**
 * Something that a user downloads.
 *
 * @typedef {object} Download
 * @property {string} name
 * @property {() => Promise<string[]> | string[]} code - of its files, minified
 * @property {number} [limit] - in kB gzip
 * @property {boolean} [isPart] - of the one above it
 */

const browser = "packages/browser/dist";
const isOutside = (id) => !id.startsWith(".") && !id.startsWith("/") && !id.startsWith("\0");

/** Packages that bind core to a runtime and aren't bundled for pages. */
const runtimePackages = packages.filter(
  ({ name, isPublished, imports }) =>
    isPublished &&
    imports.includes("core") &&
    !["browser", "emulator", "simulator", "artillery-engine", "isohub"].includes(name),
);

// The limits of the first and the third row are the budget in docs/size.md. They only go down.
/** @type {Download[]} */
const downloads = [
  {
    name: "`@isohub/browser/lite`, the first load of a small page",
    code: () => shipped("lite.js"),
    limit: 25.7,
  },
  {
    name: "`@isohub/browser`, the first load of a page",
    code: () => minified(`${browser}/index.js`),
    limit: 33.4,
  },
  {
    name: "the same, bundled for a page that imports `IoTHubDeviceClient`",
    code: () => shaken(`${browser}/index.js`, "IoTHubDeviceClient"),
    limit: 31.5,
    isPart: true,
  },
  { name: "the lean engine", code: () => minified("packages/core/dist/lean.js"), limit: 7, isPart: true },
  {
    name: "loaded on first use: messages, methods and the twin; file uploads, token providers, registering, IoT Edge",
    code: () => laterChunks().map((name) => read(`chunks/${name}`)),
  },
  {
    name: "`@isohub/browser` for script tags, complete",
    code: () => shipped("isohub.global.js"),
    limit: 45.4,
  },
  {
    name: "`@isohub/browser/outbox`, for pages that use an outbox",
    code: () => shipped("outbox.js"),
    limit: 8.5,
  },
  {
    name: "`@isohub/browser/mqttjs`, for pages that use MQTT.js",
    code: () => shipped("mqttjs.js"),
    limit: 56,
  },
  {
    name: "`isohub`, bundled for a page that imports `IoTHubDeviceClient`",
    code: () => shaken("packages/isohub/dist/index-web.js", "IoTHubDeviceClient"),
  },
  {
    name: "`isohub/lite`, bundled for a page that imports `IoTHubDeviceClient`",
    code: () => shaken("packages/isohub/dist/lite.js", "IoTHubDeviceClient"),
  },
  {
    name: "`@isohub/browser/wire`, for pages that look at packets",
    code: () => shipped("wire.js"),
    limit: 1.5,
  },
  {
    name: "the console, its first load with the devices, the simulator and the charts",
    code: () =>
      ["index.html", "console/index.js", "console/index.css"].map((name) =>
        readFileSync(join(root, consoleFolder, name), "utf8"),
      ),
    limit: 250,
  },
  { name: "`@isohub/core` without an engine", code: () => minified("packages/core/dist/index.js") },
  ...runtimePackages.map(({ manifest, folder }) => ({
    name: `\`${manifest.name}\` without its dependencies`,
    code: () => minified(`${folder}/dist/index.js`, isOutside),
    limit: 7,
  })),
];

/** Measures every download. @returns {Promise<{ name: string, raw: number, gzip: number, limit?: number }[]>} in bytes; the limit in kB */
export async function measureSizes() {
  const measured = [];
  for (const { name, code, limit, isPart } of downloads) {
    const files = await code();
    measured.push({
      name: isPart === true ? `– ${name}` : name,
      raw: sum(files, (file) => Buffer.byteLength(file)),
      gzip: sum(files, compressed),
      limit,
    });
  }
  return measured;
}

const compressed = (file) => gzipSync(file, { level: 9 }).length;

const sum = (files, size) => files.reduce((total, file) => total + size(file), 0);

/** Returns a file of the browser package, which is published minified. */
function read(name) {
  return readFileSync(join(root, browser, name), "utf8");
}

/** Returns a file of the browser package, and those that it imports before it runs. */
function shipped(name) {
  const names = new Set([name]);
  for (const each of names)
    for (const [, specifier] of read(each).matchAll(/from"(\.[^"]+)"/g))
      names.add(join(dirname(each), specifier));
  return [...names].map(read);
}

/** Measures the file of an entry that it loads when the client receives something. @returns its bytes, compressed */
export function receiversOf(name) {
  const [file] = shipped(name).flatMap((code) => code.match(/receivers-[\w-]+\.js/) ?? []);
  return compressed(read(`chunks/${file}`));
}

/** Returns the files that the browser package imports when they are used. */
function laterChunks() {
  const found = new Set();
  const visit = (code) => {
    for (const [, name] of code.matchAll(/(?:chunks|\.)\/([\w-]+\.js)\b/g)) {
      if (found.has(name) || name === "index.js") continue;
      found.add(name);
      visit(read(`chunks/${name}`));
    }
  };
  visit(read("index.js"));
  return [...found].filter((name) => !name.startsWith("index-"));
}

/** Minifies what a program loads of an entry before it uses anything. @param {(id: string) => boolean} [external] */
function minified(entry, external = () => false) {
  return bundled(join(root, entry), external);
}

/** Minifies what a bundler leaves of an entry for a page that imports one name from it. */
function shaken(entry, name) {
  const page = "\0page";
  const source = `import { ${name} } from ${JSON.stringify(join(root, entry))}; globalThis.used = ${name};`;
  return bundled(page, () => false, {
    name: "page",
    resolveId: (id) => (id === page ? id : null),
    load: (id) => (id === page ? source : null),
  });
}

async function bundled(input, external, ...plugins) {
  const bundle = await rollup({
    input,
    external,
    plugins: [...plugins, nodeResolve({ browser: true })],
    onwarn() {},
  });
  const minifier = terser({ ecma: 2022, module: true });
  const { output } = await bundle.generate({ format: "es", plugins: [minifier] });
  await bundle.close();
  const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]));
  // Static imports load before anything is used, those of `import()` later.
  const first = new Set([output[0].fileName]);
  for (const name of first) {
    for (const next of chunks.get(name)?.imports ?? []) if (chunks.has(next)) first.add(next);
  }
  return [...first].map((name) => chunks.get(name).code);
}
