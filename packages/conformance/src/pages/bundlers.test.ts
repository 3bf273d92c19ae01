import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import * as esbuild from "esbuild";
import type { Page } from "playwright";
import { rollup } from "rollup";
import * as vite from "vite";
import { describe, expect, it, onTestFinished } from "vitest";
import webpack from "webpack";
import { freshId } from "../device.ts";
import { root } from "../files.ts";
import { providedPlainHub } from "../provided-hub.ts";
import { Chromium } from "./chromium.ts";
import { globalPage, serve, servePage } from "./page-server.ts";

const { hub } = providedPlainHub();
const chromium = new Chromium();
const conformance = join(root, "packages/conformance");

/** Returns a script for a page. It gets its device from the URL, and writes the outcome to the title. @param last - an expression */
const litePage = (last = '""'): string => `
  const client = IoTHubDeviceClient.createFromConnectionString(decodeURIComponent(location.hash.slice(1)));
  try {
    client.handleMethod("ping", () => ({ payload: "pong" }));
    await client.connect();
    await client.sendMessage({ temperature: 21.5 });
    const { desired } = await client.getTwin();
    document.title = "done " + desired.$version + ${last};
  } catch (error) {
    document.title = String(error);
  }`;
// Uploads are in a separate file.
const app = litePage('" " + (await client.getStorageInfoForBlob("log")).blobName.split("/")[1]');
const moduleApp = (entry = "@isohub/browser", body = app): string =>
  `import { IoTHubDeviceClient } from "${entry}"; (async () => {${body}})();`;
const html = (script: string): string => `<!doctype html><meta charset="utf-8"><title></title>${script}`;

/** Creates a folder for a user's project, from which this package's node_modules can be found. */
async function project(script: string): Promise<string> {
  await mkdir(join(conformance, "build"), { recursive: true });
  const folder = await mkdtemp(join(conformance, "build/page-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "app.js"), script);
  await writeFile(join(folder, "index.html"), html('<script type="module" src="./app.js"></script>'));
  return folder;
}

const fromFolder =
  (folder: string) =>
  (path: string): Promise<Uint8Array> =>
    readFile(join(folder, path));

/** Bundlers without configuration, except for paths. @returns the folder to serve */
const bundlers: Record<string, (folder: string) => Promise<string>> = {
  async Vite(folder) {
    await vite.build({ root: folder, logLevel: "error", configFile: false });
    return join(folder, "dist");
  },
  async webpack(folder) {
    const compiler = webpack({
      mode: "production",
      context: folder,
      entry: "./app.js",
      output: { path: join(folder, "out"), filename: "app.js" },
    });
    await new Promise<void>((resolve, reject) => {
      compiler?.run((error, stats) => {
        const problems = [...(stats?.toJson().errors ?? [])];
        if (error !== null || problems.length > 0) reject(error ?? new Error(problems[0]?.message));
        else resolve();
      });
    });
    await writeFile(join(folder, "out/index.html"), html('<script defer src="app.js"></script>'));
    return join(folder, "out");
  },
  async esbuild(folder) {
    await esbuild.build({
      entryPoints: [join(folder, "app.js")],
      bundle: true,
      outfile: join(folder, "out/app.js"),
    });
    await writeFile(join(folder, "out/index.html"), html('<script defer src="app.js"></script>'));
    return join(folder, "out");
  },
  async Rollup(folder) {
    const bundle = await rollup({ input: join(folder, "app.js"), plugins: [nodeResolve()] });
    await bundle.write({ dir: join(folder, "out") });
    await writeFile(join(folder, "out/index.html"), html('<script type="module" src="app.js"></script>'));
    return join(folder, "out");
  },
};

const upload = " log";

/** Bundlers that include the worker of hidden pages. With the others, it is a blob. */
const withWorkerFile = ["Vite", "webpack"];

/** Makes a page believe that it is hidden. @returns the URL of its worker */
async function hide(page: Page): Promise<string> {
  await page.evaluate('Object.defineProperty(document, "hidden", { value: true })');
  await page.evaluate('document.dispatchEvent(new Event("visibilitychange"))');
  const urls = (): string[] => page.workers().map((worker) => worker.url());
  await expect.poll(urls).toHaveLength(1);
  return urls()[0] ?? "";
}

async function expectDevice(origin: string, last = upload): Promise<Page> {
  const deviceId = freshId();
  const { connectionString } = await hub.createDevice(deviceId);
  const { page, printed } = await chromium.open(`${origin}/#${encodeURIComponent(connectionString)}`);
  await page.waitForFunction('document.title !== ""', undefined, { timeout: 90_000 }).catch(() => {});
  expect(await page.title(), printed.join("\n")).toBe(`done 1${last}`);
  expect(await hub.telemetry(deviceId)).toHaveLength(1);
  expect(await hub.invokeMethod(deviceId, "ping")).toEqual({ status: 200, payload: "pong" });
  return page;
}

describe.each(Object.keys(bundlers))("Page bundlers: %s", (name) => {
  it("@isohub/browser", async () => {
    const folder = await bundlers[name]?.(await project(moduleApp()));
    const page = await expectDevice(await serve(fromFolder(folder ?? "")));
    if (withWorkerFile.includes(name)) expect((await fetch(await hide(page))).ok).toBe(true);
  });

  it("@isohub/browser/lite", async () => {
    const folder = await bundlers[name]?.(await project(moduleApp("@isohub/browser/lite", litePage())));
    await expectDevice(await serve(fromFolder(folder ?? "")), "");
  });
});

describe("Page bundlers: Rollup", () => {
  it("one file for a script tag", async () => {
    const folder = await project(moduleApp());
    const bundle = await rollup({ input: join(folder, "app.js"), plugins: [nodeResolve()] });
    await bundle.write({ file: join(folder, "app.iife.js"), format: "iife", inlineDynamicImports: true });
    await writeFile(join(folder, "index.html"), html('<script defer src="app.iife.js"></script>'));
    await expectDevice(await serve(fromFolder(folder)));
  });
});

describe("Page bundlers: none", () => {
  it("a module script", async () => {
    await expectDevice(await servePage(html(`<script type="module">${moduleApp("./index.js")}</script>`)));
  });

  it("a script tag and the global isohub", async () => {
    const script = `(async () => { const { IoTHubDeviceClient } = isohub; ${app} })()`;
    await expectDevice(await servePage(`${globalPage}<title></title><script>${script}</script>`));
  });

  it("without the globals Buffer and process", async () => {
    const { page } = await chromium.open(await servePage(globalPage));
    const names = await page.evaluate(() =>
      ["Buffer", "process", "global", "isohub"].filter((name) => name in globalThis),
    );
    expect(names).toEqual(["isohub"]);
  });
});
