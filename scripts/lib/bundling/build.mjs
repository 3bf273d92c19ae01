import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { packages } from "../packages.mjs";
import { bin, runOrExit } from "../run.mjs";
import { buildConsole } from "./console.mjs";
import { finishCompiled, mirrorDeclarations } from "./declarations.mjs";
import { Stamp } from "./stamp.mjs";

/** Compiles and bundles every package whose sources have changed, and the console. */
export async function build() {
  await runOrExit("Compiling", bin("tsc"), ["-b"]);
  await bundle();
  await buildConsole();
}

/** Writes `dist` and `cjs` of each package from its `build`, as far as that has changed. */
export async function bundle() {
  for (const { folder, hasCommonJs } of packages) {
    finishCompiled(folder);
    if (hasCommonJs) mirrorDeclarations(folder);
  }
  const all = new Stamp("bundles");
  if (all.isUpToDate()) return;
  // Loaded only here: nothing else takes as long when nothing has changed.
  const { default: configurations } = await import("../../../rollup.config.mjs");
  const { bundleName } = await import("./bundle.mjs");
  const names = configurations.map(bundleName);
  // The browser's bundles contain core's.
  const isCore = (name) => name.startsWith("packages/core/");
  await bundleAll(names.filter(isCore));
  await bundleAll(names.filter((name) => !isCore(name)));
  const stamps = names.map((name) => new Stamp(name));
  all.write(
    stamps.flatMap((stamp) => stamp.inputs),
    stamps.flatMap((stamp) => stamp.outputs),
  );
}

/** Bundles what isn't up to date, with a worker for each core. @param {string[]} names */
async function bundleAll(names) {
  const stale = names.filter((name) => !new Stamp(name).isUpToDate()).values();
  const lane = async () => {
    for (const name of stale) await runWorker(name);
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, lane));
}

function runWorker(name) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("bundle-worker.mjs", import.meta.url), { workerData: name });
    worker.once("error", (cause) => reject(new Error(`could not bundle ${name}`, { cause })));
    worker.once("exit", resolve);
  });
}
