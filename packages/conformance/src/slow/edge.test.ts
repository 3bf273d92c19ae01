// @isohub/browser in runtimes of servers that have the web's classes.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, it, onTestFinished } from "vitest";
import { root } from "../files.ts";
import { listenLocally } from "../local-server.ts";
import { deviceBody, expectHandledDevice } from "./handled-device.ts";
import { tool, toolProject } from "./tool-project.ts";

/** Runs one of the functions below in a runtime. */
type Run = (name: "device" | "brokerFailure", ...args: unknown[]) => Promise<string>;

const functions = `
  const device = async (connectionString, options) => {${deviceBody}};
  const brokerFailure = async (url) => {
    try {
      await IoTHubDeviceClient.createFromTokenProvider({ url });
      return "no failure";
    } catch (error) {
      return error.code + ": " + error.message;
    }
  };`;

interface Worker {
  dispatchFetch(url: string, init: { method: string; body: string }): Promise<{ text(): Promise<string> }>;
  dispose(): Promise<void>;
}

async function startWorker(): Promise<Run> {
  const { Miniflare } = await import(tool("miniflare/dist/src/index.js"));
  const project = await toolProject({
    "worker.mjs": `
      import { IoTHubDeviceClient } from "@isohub/browser";
      ${functions}
      export default {
        async fetch(request) {
          const [name, ...args] = await request.json();
          return new Response(await { device, brokerFailure }[name](...args).catch((error) => String(error.stack)));
        },
      };`,
  });
  const { outputFiles } = await build({
    entryPoints: [join(project, "worker.mjs")],
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    write: false,
  });
  const worker: Worker = new Miniflare({
    // As Wrangler lists them: Miniflare itself can't follow the import that loads a file again after a failure.
    modules: [{ type: "ESModule", path: "worker.mjs", contents: outputFiles[0]?.text }],
    compatibilityDate: "2026-01-01",
    compatibilityFlags: ["nodejs_compat"],
  });
  onTestFinished(() => worker.dispose());
  return async (...call) => {
    const request = { method: "POST", body: JSON.stringify(call) };
    return (await worker.dispatchFetch("http://worker.example", request)).text();
  };
}

async function startEdgeRuntime(): Promise<Run> {
  const { EdgeRuntime } = await import(tool("edge-runtime/dist/index.js"));
  const runtime = new EdgeRuntime();
  const code = await readFile(join(root, "packages/browser/dist/isohub.global.js"), "utf8");
  runtime.evaluate(`${code}; const { IoTHubDeviceClient } = isohub; ${functions}`);
  return async (name, ...args) =>
    runtime.evaluate(`${name}(${args.map((value) => JSON.stringify(value)).join(", ")})`);
}

describe.each([
  ["workerd (Cloudflare Workers) with nodejs_compat", startWorker],
  ["edge-runtime (Vercel)", startEdgeRuntime],
])("Edge runtimes: %s", (_name, start) => {
  it("@isohub/browser over WebSockets: connect, telemetry, twin, method", async () => {
    const run = await start();
    await expectHandledDevice((...args) => run("device", ...args), true);
  });

  it("a token broker's redirect isn't followed", async () => {
    const paths: (string | undefined)[] = [];
    const server = createServer(({ url }, response) => {
      paths.push(url);
      response.writeHead(307, { location: "/elsewhere" }).end();
    });
    const port = await listenLocally(server);
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const run = await start();
    const url = `http://127.0.0.1:${port}/token`;
    expect(await run("brokerFailure", url)).toMatch(/^token_provider_failed: .*redirect/);
    expect(paths).toEqual(["/token"]);
  });
});
