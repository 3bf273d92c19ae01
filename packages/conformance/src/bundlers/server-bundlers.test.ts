// A device on Node, in a bundle that runs where no node_modules is.
import { cp } from "node:fs/promises";
import { join } from "node:path";
import commonjsModule from "@rollup/plugin-commonjs";
import jsonModule from "@rollup/plugin-json";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import * as esbuild from "esbuild";
import { rollup } from "rollup";
import * as vite from "vite";
import { describe, it } from "vitest";
import webpack from "webpack";
import { hostPath } from "../../../../scripts/lib/hosts.mjs";
import { fileFolder } from "../files.ts";
import { runProgram } from "../program.ts";
import { deviceApp, expectDeviceProgram, projectFolder, variants } from "./device-app.ts";

// Their types are those of CommonJS modules, which they aren't.
const [commonjs, json] = [commonjsModule, jsonModule] as unknown as [
  typeof commonjsModule.default,
  typeof jsonModule.default,
];

/** Bundles `app.mjs` of a project. @returns the command that runs the bundle, with paths in the folder `out` */
type Bundle = (project: string) => Promise<string[]>;

const withEsbuild =
  (options: esbuild.BuildOptions, file: string): Bundle =>
  async (project) => {
    await esbuild.build({
      entryPoints: { app: join(project, "app.mjs") },
      bundle: true,
      platform: "node",
      logLevel: "error",
      ...(options.outdir === undefined
        ? { outfile: join(project, "out", file) }
        : { outExtension: { ".js": ".mjs" } }),
      ...options,
      ...(options.outdir === undefined ? {} : { outdir: join(project, options.outdir) }),
    });
    return [process.execPath, file];
  };

const withRollup =
  (format: "cjs" | "es", extension: string): Bundle =>
  async (project) => {
    const bundle = await rollup({
      input: join(project, "app.mjs"),
      plugins: [nodeResolve({ preferBuiltins: true, exportConditions: ["node"] }), commonjs(), json()],
      onLog: () => {},
    });
    const names = { entryFileNames: `[name].${extension}`, chunkFileNames: `[name].${extension}` };
    await bundle.write({ dir: join(project, "out"), format, ...names });
    return [process.execPath, `app.${extension}`];
  };

const bundlers: Readonly<Record<string, Bundle>> = {
  "esbuild, CommonJS": withEsbuild({}, "app.js"),
  "esbuild, CommonJS, minified": withEsbuild({ minify: true, keepNames: true }, "app.js"),
  "esbuild, ES modules": withEsbuild({ format: "esm" }, "app.mjs"),
  "esbuild, ES modules in several files": withEsbuild(
    { format: "esm", splitting: true, outdir: "out" },
    "app.mjs",
  ),
  "Rollup, CommonJS": withRollup("cjs", "cjs"),
  "Rollup, ES modules": withRollup("es", "mjs"),

  async webpack(project) {
    const compiler = webpack({
      mode: "production",
      target: "node",
      // That takes long, and the bundles of pages are minified.
      optimization: { minimize: false },
      context: project,
      entry: "./app.mjs",
      output: { path: join(project, "out"), filename: "app.cjs" },
    });
    await new Promise<void>((resolve, reject) => {
      compiler?.run((error, stats) => {
        const { errors = [], warnings = [] } = stats?.toJson() ?? {};
        // MQTT.js has its own copy of `ws`, which looks for optional packages.
        const isOurs = ({ moduleName = "" }): boolean => /isohub|packages\/(core|node)\//.test(moduleName);
        const [problem] = [...errors, ...warnings.filter(isOurs)];
        if (error !== null || problem !== undefined) reject(error ?? new Error(problem?.message));
        else resolve();
      });
    });
    return [process.execPath, "app.cjs"];
  },

  async "Vite, server build"(project) {
    await vite.build({
      root: project,
      configFile: false,
      logLevel: "error",
      ssr: { noExternal: true },
      build: { ssr: "app.mjs", outDir: "out", rollupOptions: { output: { entryFileNames: "app.mjs" } } },
    });
    return [process.execPath, "app.mjs"];
  },

  async "Bun, one executable"(project) {
    const { code, output } = await runProgram(
      hostPath("bun"),
      ["build", "--compile", "app.mjs", "--outfile", "out/app"],
      { cwd: project },
    );
    if (code !== 0) throw new Error(output);
    return ["app"];
  },
};

describe.each(Object.keys(bundlers))("Server bundlers: %s", (name) => {
  const away = fileFolder();
  let bundled: Promise<string[]> | undefined;

  async function bundle(): Promise<string[]> {
    const project = await projectFolder({ "app.mjs": deviceApp });
    const [command = "", ...files] = (await bundlers[name]?.(project)) ?? [];
    await cp(join(project, "out"), away, { recursive: true });
    const inAway = (file: string): string => join(away, file);
    return command.includes("/") ? [command, ...files.map(inAway)] : [inAway(command), ...files];
  }

  it.each(variants)("$transport, $engine engine", async (variant) => {
    bundled ??= bundle();
    await expectDeviceProgram(await bundled, variant);
  });
});
