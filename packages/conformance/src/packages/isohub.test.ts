// The package `isohub`: each runtime, and each target of a bundler, gets its own runtime package and none of another's code.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as esbuild from "esbuild";
import * as vite from "vite";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import webpack from "webpack";
import { hostPath } from "../../../../scripts/lib/hosts.mjs";
import { root } from "../files.ts";
import type {} from "./pack-all.ts";
import { Packed } from "./packed.ts";

const packed = new Packed(inject("packed"));
const deno = join(root, "node_modules/.bin/deno");

/** A program that prints whether its client is the one of a runtime package. It loads both by an import or by `require`. */
const comparison = (load: string, runtimePackage: string): string => `
  const { IoTHubDeviceClient, UnsupportedFeatureError, webStorage } = ${load}("isohub");
  const { IoTHubDeviceClient: own } = ${load}("${runtimePackage}");
  try {
    webStorage("key");
  } catch (error) {
    console.log(IoTHubDeviceClient === own, error instanceof UnsupportedFeatureError, error.code);
  }`;

describe("isohub", () => {
  it.each([
    ["Node", process.execPath, [], "@isohub/node", "mjs"],
    ["Node, required", process.execPath, [], "@isohub/node", "cjs"],
    ["Bun", hostPath("bun"), ["run"], "@isohub/node", "mjs"],
    ["Bun, required", hostPath("bun"), ["run"], "@isohub/node", "cjs"],
    ["Deno", deno, ["run", "--quiet", "--node-modules-dir=manual"], "@isohub/deno", "mjs"],
  ])("leads to the runtime package on %s", async (_runtime, program, args, runtimePackage, extension) => {
    const load = extension === "cjs" ? "require" : "await import";
    const source = comparison(load, runtimePackage).replaceAll(/= (await import\S+);/g, "= $1;");
    const file = await packed.write(`own-${program.length}.${extension}`, source);
    expect(await packed.run(program, [...args, file])).toBe("true true unsupported_feature");
  });

  it("has the same types in an ES module, a CommonJS file, and for a bundler", async () => {
    const uses = `import { ProxyOptions, fileStorage, webStorage } from "isohub";
      import { IoTHubDeviceClient } from "isohub/lite";
      export const stored = [fileStorage("path"), webStorage(), webStorage(sessionStorage)];
      export const proxyOptions = ProxyOptions.fromEnvironment();
      export const client = IoTHubDeviceClient.createFromConnectionString("");`;
    const files = await Promise.all(
      ["mts", "cts"].map((extension) => packed.write(`types.${extension}`, uses)),
    );
    const settings = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,esnext.disposable,dom"];
    const tsc = join(root, "node_modules/.bin/tsc");
    await packed.run(tsc, [...settings, "--module", "nodenext", ...files]);
    await packed.run(tsc, [...settings, "--module", "esnext", "--moduleResolution", "bundler", "types.mts"]);
  });
});

/** Strings that only one runtime package contains, in the code that every program with a client has. */
const markers = {
  node: /["'`]@isohub\/node["'`]/,
  browser: /The hub's HTTPS API doesn't support CORS/,
  deno: /Deno\.connectTls/,
};
type Target = "node" | "browser";

const app = `
  import { IoTHubDeviceClient } from "isohub";
  globalThis.client = () => IoTHubDeviceClient.createFromConnectionString("");`;

/** Bundles `app.mjs` for a target into a folder of the project. */
const bundlers: Readonly<Record<string, (target: Target, folder: string) => Promise<unknown>>> = {
  esbuild: (target, outdir) =>
    esbuild.build({
      entryPoints: [join(packed.project, "app.mjs")],
      bundle: true,
      platform: target,
      format: "esm",
      splitting: true,
      minify: true,
      outdir,
      logLevel: "error",
    }),

  Vite: (target, outDir) =>
    vite.build({
      root: packed.project,
      configFile: false,
      logLevel: "error",
      ssr: { noExternal: true },
      build: {
        outDir,
        ...(target === "node"
          ? { ssr: "app.mjs" }
          : { rollupOptions: { input: join(packed.project, "app.mjs") } }),
      },
    }),

  webpack: (target, path) =>
    new Promise((resolve, reject) => {
      const compiler = webpack({
        mode: "production",
        target: target === "node" ? "node" : "web",
        // That takes long, and the markers are found without it.
        optimization: { minimize: false },
        context: packed.project,
        entry: "./app.mjs",
        output: { path },
      });
      compiler?.run((error, stats) => {
        const [problem] = stats?.toJson().errors ?? [];
        if (error === null && problem === undefined) resolve(stats);
        else reject(error ?? new Error(problem?.message));
      });
    }),
};

describe.each(Object.keys(bundlers))("isohub bundled by %s", (name) => {
  it.each<Target>(["node", "browser"])("for %s contains that runtime alone", async (target) => {
    await packed.write("app.mjs", app);
    const folder = join(packed.project, "out", name, target);
    await bundlers[name]?.(target, folder);
    const code = await codeIn(folder);
    const found = Object.entries(markers).filter(([, marker]) => marker.test(code));
    expect(found.map(([runtime]) => runtime)).toEqual([target]);
  });
});

describe("isohub bundled for a worker", () => {
  it.each(["workerd", "edge-light", "worker"])("contains the package for the web: %s", async (condition) => {
    const { outputFiles } = await esbuild.build({
      stdin: { contents: app, resolveDir: packed.project },
      bundle: true,
      platform: "neutral",
      conditions: [condition],
      minify: true,
      write: false,
      logLevel: "error",
    });
    const code = outputFiles.map(({ text }) => text).join("");
    expect(code).toMatch(markers.browser);
    expect(code).not.toMatch(markers.node);
  });
});

async function codeIn(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true });
  const scripts = files.filter((file) => /\.m?js$/.test(file));
  return (await Promise.all(scripts.map((file) => readFile(join(folder, file), "utf8")))).join("\n");
}

describe("isohub without @isohub/emulator", () => {
  let alone: Packed;
  beforeAll(async () => {
    alone = await packed.other(["core", "node", "browser", "deno", "isohub"]);
  });
  afterAll(() => alone?.remove());

  it("has a fatal error that names the command which installs it", async () => {
    const file = await alone.write(
      "emulator.mjs",
      `import { startEmulator } from "isohub/emulator";
       const { code, retryable, remediation } = await startEmulator().catch((error) => error);
       console.log(code, retryable, remediation);`,
    );
    expect(await alone.run(process.execPath, [file])).toBe(
      "package_missing false npm install --save-dev @isohub/emulator",
    );
  });

  it("has a command that names it, too", async () => {
    await expect(alone.run("npx", ["--no-install", "isohub", "emulator"])).rejects.toThrow(
      "Run `npm install --save-dev @isohub/emulator` to install it.",
    );
    expect(await alone.run("npx", ["--no-install", "isohub", "--help"])).toContain("Usage: isohub <command>");
  });

  it("takes at most 6 packages and 6 MiB", async () => {
    const list = await alone.run("npm", ["ls", "--all", "--parseable"]);
    const [kilobytes] = (await alone.run("du", ["--apparent-size", "-sk", "node_modules"])).split("\t");
    expect(new Set(list.split("\n").slice(1)).size).toBeLessThanOrEqual(6);
    expect(Number(kilobytes)).toBeLessThanOrEqual(6 * 1024);
  });
});
