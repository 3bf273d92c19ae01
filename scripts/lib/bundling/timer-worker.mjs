import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../run.mjs";

/** The module whose program the worker of hidden pages runs. */
const source = pathToFileURL(join(root, "packages/browser/build/timer-worker-program.js"));

/** Writes the worker of hidden pages next to the modules for pages. CommonJS has no URL, so it uses a blob instead. */
export function timerWorker() {
  return {
    name: "timer-worker",
    resolveImportMeta: (property, { format }) =>
      format === "cjs" && property === "url" ? "undefined" : null,
    async generateBundle({ format, dir }) {
      // Once: the outputs share a folder.
      if (format !== "es" || dir === undefined) return;
      const { timerWorkerProgram } = await import(source);
      // The code that refers to it is in a chunk of one entry, and in the one file of the others.
      for (const fileName of ["timer-worker.js", "chunks/timer-worker.js"])
        this.emitFile({ type: "asset", fileName, source: `${timerWorkerProgram}\n` });
    },
  };
}
