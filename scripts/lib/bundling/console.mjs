import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../run.mjs";
import { Stamp } from "./stamp.mjs";
import { buildStandaloneConsole } from "./standalone-console.mjs";

const source = "packages/console";
/** The folder in the published emulator, which serves it. */
export const consoleFolder = "packages/emulator/dist/console";

/** Builds the console's page, unless nothing that it is made of has changed. */
export async function buildConsole() {
  const stamp = new Stamp("console");
  if (stamp.isUpToDate()) return;
  // Vite belongs to the package, and loading it takes as long as everything else here.
  const vite = createRequire(join(root, source, "package.json")).resolve("vite");
  const { build } = await import(pathToFileURL(vite).href);
  await build({
    configFile: false,
    root: join(root, source),
    base: "./",
    logLevel: "error",
    build: {
      outDir: join(root, consoleFolder),
      emptyOutDir: true,
      assetsDir: "console",
      target: "es2022",
      modulePreload: false,
      // A data URL would need an exception in the page's policy.
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      rolldownOptions: {
        // Names without hashes: a page that is open while the console is built again still finds its files.
        output: {
          entryFileNames: "console/[name].js",
          chunkFileNames: "console/[name].js",
          assetFileNames: "console/[name][extname]",
        },
      },
    },
  });
  await buildStandaloneConsole(build, join(root, source), join(root, consoleFolder));
  const browser = "packages/browser/dist";
  const built = ["index.js", "wire.js", "timer.js"].map((name) => `${browser}/${name}`);
  stamp.write(
    [
      ...filesIn(`${source}/src`),
      `${source}/index.html`,
      `${source}/standalone.html`,
      `${source}/package.json`,
      "scripts/lib/bundling/console.mjs",
      "scripts/lib/bundling/standalone-console.mjs",
      "pnpm-lock.yaml",
      "packages/emulator/dist/control-client.js",
      "packages/emulator/dist/web.js",
      "packages/simulator/dist/index.js",
      ...built,
    ],
    filesIn(consoleFolder),
  );
}

/** Lists the files in a folder. @param {string} folder - from the root */
function filesIn(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).split(sep).join("/"));
}
