// What docs/browser-security.md shows, as it stands there.
import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Chromium } from "./chromium.ts";
import { freshId } from "./device.ts";
import { type IdentityProvider, startIdentityProvider } from "./identity-provider.ts";
import { serve } from "./page-server.ts";
import { providedPlainHub } from "./provided-hub.ts";

const { hub } = providedPlainHub();
const path = (relative: string): string => fileURLToPath(new URL(`../../../${relative}`, import.meta.url));
const example = path("examples/token-broker/");
const chromium = new Chromium();

let idp: IdentityProvider;
beforeAll(async () => {
  idp = await startIdentityProvider();
});
afterAll(() => idp.close());

/** Starts a program and waits for the port that it says. */
async function start(command: string, args: string[], env: Record<string, string>): Promise<string> {
  // In a group of its own: the command deno is a Node process around the real one, and both have to end.
  const child: ChildProcess = spawn(command, args, {
    cwd: example,
    env: { ...process.env, NO_COLOR: "1", ...env },
    detached: true,
  });
  const ended = new Promise<never>((_resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`${command} ended with ${code}: ${output}`)));
  });
  onTestFinished(() => {
    ended.catch(() => {});
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid);
  });
  let output = "";
  return Promise.race([
    ended,
    new Promise<string>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding("utf8").on("data", (text: string) => {
          output += text;
          const port = /http:\/\/\S+:(\d+)\//.exec(output)?.[1];
          if (port !== undefined) resolve(`http://localhost:${port}/`);
        });
      }
    }),
  ]);
}

const servers: Record<string, [command: string, args: string[]]> = {
  Node: [process.execPath, ["server.mjs"]],
  Deno: [
    path("node_modules/.bin/deno"),
    ["run", "--no-prompt", "--allow-net", "--allow-env", "server-deno.mjs"],
  ],
};

describe("the example of the token broker", () => {
  it.each(Object.keys(servers))(
    "is a server on %s and a page that is a device through it",
    async (runtime) => {
      const user = freshId();
      const deviceId = `thermostat-${user}`;
      await hub.createDevice(deviceId);
      const policy = await hub.policyConnectionString();
      let settings = "";
      const pageOrigin = await serve(async (name) => {
        if (name === "/settings.js") return settings;
        const [, file] = /^\/node_modules\/@isohub\/browser\/(dist\/.*)$/.exec(name) ?? [];
        return readFile(file === undefined ? example + name : path(`packages/browser/${file}`));
      });
      const [command, args] = servers[runtime] ?? ["", []];
      const tokenUrl = await start(command, args, {
        JWKS_URL: idp.jwksUrl,
        JWT_ISSUER: idp.issuer,
        PAGE_ORIGIN: pageOrigin,
        HUB_POLICY: policy,
        PORT: "0",
      });
      const hubOptions = { gatewayHostname: /HostName=([^;]+)/.exec(policy)?.[1] };
      settings = `
      export const tokenUrl = ${JSON.stringify(tokenUrl)};
      export const hubOptions = ${JSON.stringify(hubOptions)};
      export const getAccessToken = async () => ${JSON.stringify(await idp.jwt({ sub: user }))};`;
      const { page, said } = await chromium.open(pageOrigin);
      await page
        .waitForFunction('document.title === "connected"', undefined, { timeout: 15_000 })
        .catch(() => {});
      expect(await page.title(), said.join("\n")).toBe("connected");
      await expect.poll(() => hub.telemetry(deviceId)).toHaveLength(1);
      expect(await hub.invokeMethod(deviceId, "ping")).toEqual({ status: 200, payload: "pong" });
    },
  );
});
