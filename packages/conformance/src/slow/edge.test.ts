// @isohub/browser in runtimes of servers that have the web's classes.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, it, onTestFinished } from "vitest";
import { root } from "../files.ts";
import { deviceBody, expectHandledDevice } from "./handled-device.ts";
import { tool, toolProject } from "./tool-project.ts";

const app = `
  import { IoTHubDeviceClient } from "@isohub/browser";
  const run = async (connectionString, options) => {${deviceBody}};
  export default {
    async fetch(request) {
      const [connectionString, options] = await request.json();
      return new Response(await run(connectionString, options).catch((error) => String(error.stack)));
    },
  };`;

interface Worker {
  dispatchFetch(url: string, init: { method: string; body: string }): Promise<{ text(): Promise<string> }>;
  dispose(): Promise<void>;
}

describe("Edge runtimes: workerd (Cloudflare Workers) with nodejs_compat", () => {
  it("@isohub/browser over WebSockets: connect, telemetry, twin, method", async () => {
    const { Miniflare } = await import(tool("miniflare/dist/src/index.js"));
    const project = await toolProject({ "worker.mjs": app });
    const { outputFiles } = await build({
      entryPoints: [join(project, "worker.mjs")],
      bundle: true,
      format: "esm",
      conditions: ["workerd", "worker", "browser"],
      write: false,
    });
    const worker: Worker = new Miniflare({
      modules: true,
      script: outputFiles[0]?.text,
      compatibilityDate: "2026-01-01",
      compatibilityFlags: ["nodejs_compat"],
    });
    onTestFinished(() => worker.dispose());
    const post = async (...body: unknown[]): Promise<string> =>
      (
        await worker.dispatchFetch("http://worker.example", { method: "POST", body: JSON.stringify(body) })
      ).text();
    await expectHandledDevice(post, true);
  });
});

describe("Edge runtimes: edge-runtime (Vercel)", () => {
  it("@isohub/browser over WebSockets: connect, telemetry, twin, method", async () => {
    const { EdgeRuntime } = await import(tool("edge-runtime/dist/index.js"));
    const runtime = new EdgeRuntime();
    const code = await readFile(join(root, "packages/browser/dist/isohub.global.js"), "utf8");
    runtime.evaluate(`${code}; globalThis.run = async (connectionString, options) => {
      const { IoTHubDeviceClient } = isohub;
      ${deviceBody}
    };`);
    const call = (...values: unknown[]): Promise<string> =>
      runtime.evaluate(`run(${values.map((value) => JSON.stringify(value)).join(", ")})`);
    await expectHandledDevice(call, true);
  });
});
