// The examples in docs/browser-security.md and docs/guide/many-devices.md, unchanged.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { getRequestListener } from "@hono/node-server";
import { createTokenBroker } from "@isohub/node/token-broker";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { serveOnNode } from "./broker-suite.ts";
import { Chromium } from "./chromium.ts";
import { freshId, hostOf } from "./device.ts";
import { eventually } from "./eventually.ts";
import { root } from "./files.ts";
import { audience, type IdentityProvider, startIdentityProvider } from "./identity-provider.ts";
import { serve } from "./page-server.ts";
import { startProgram } from "./program.ts";
import { providedPlainHub } from "./provided-hub.ts";

const { hub } = providedPlainHub();
const example = join(root, "examples/token-broker");
const chromium = new Chromium();

let idp: IdentityProvider;
beforeAll(async () => {
  idp = await startIdentityProvider();
  // Installs the program. The command itself would keep signals from it.
  await promisify(execFile)(join(root, "node_modules/.bin/deno"), ["--version"]);
});
afterAll(() => idp.close());

const servers: Record<string, [command: string, args: string[]]> = {
  Node: [process.execPath, ["server.mjs"]],
  Deno: [
    join(root, "node_modules/deno/deno"),
    ["run", "--no-prompt", "--allow-net", "--allow-env", "server-deno.mjs"],
  ],
};

describe("the token broker example", () => {
  it.each(Object.entries(servers))(
    "connects a page as a device, with a server on %s",
    async (_runtime, [command, args]) => {
      const user = freshId();
      const deviceId = `thermostat-${user}`;
      await hub.createDevice(deviceId);
      const policy = await hub.policyConnectionString();
      let settings = "";
      const pageOrigin = await serve(async (name) => {
        if (name === "/settings.js") return settings;
        const [, file] = /^\/node_modules\/@isohub\/browser\/(dist\/.*)$/.exec(name) ?? [];
        return readFile(file === undefined ? join(example, name) : join(root, "packages/browser", file));
      });
      const server = startProgram(command, args, {
        cwd: example,
        env: {
          NO_COLOR: "1",
          JWKS_URL: idp.jwksUrl,
          JWT_ISSUER: idp.issuer,
          PAGE_ORIGIN: pageOrigin,
          HUB_POLICY: policy,
          PORT: "0",
        },
      });
      const [, port] = await server.printed(/http:\/\/\S+:(\d+)\//);
      const tokenUrl = `http://localhost:${port}/`;
      const hubOptions = { gatewayHostname: hostOf(policy) };
      settings = `
      export const tokenUrl = ${JSON.stringify(tokenUrl)};
      export const hubOptions = ${JSON.stringify(hubOptions)};
      export const getAccessToken = async () => ${JSON.stringify(await idp.jwt({ sub: user }))};`;
      const { page, printed } = await chromium.open(pageOrigin);
      await page
        .waitForFunction('document.title === "connected"', undefined, { timeout: 90_000 })
        .catch(() => {});
      expect(await page.title(), printed.join("\n")).toBe("connected");
      await eventually(async () => expect(await hub.telemetry(deviceId)).toHaveLength(1));
      expect(await hub.invokeMethod(deviceId, "ping")).toEqual({ status: 200, payload: "pong" });
    },
  );

  it("lets a page be two devices", async () => {
    const user = freshId();
    const devices = [`thermostat-${user}`, `meter-${user}`];
    for (const deviceId of devices) await hub.createDevice(deviceId);
    const policy = await hub.policyConnectionString();
    let settings = "";
    const pageOrigin = await serve(async (name) => {
      if (name === "/settings.js") return settings;
      const [, file] = /^\/node_modules\/@isohub\/browser\/(dist\/.*)$/.exec(name) ?? [];
      if (file !== undefined) return readFile(join(root, "packages/browser", file));
      const text = await readFile(join(example, name), "utf8");
      return Buffer.from(text.replace("./page.js", "./two-devices.js"));
    });
    const broker = createTokenBroker({
      jwks: idp.jwksUrl,
      issuer: idp.issuer,
      audience,
      algorithms: ["RS256"],
      allowedOrigins: [pageOrigin],
      devicesOf: ({ sub }) => [`thermostat-${sub}`, `meter-${sub}`],
      connectionString: policy,
    });
    const { port, close } = await serveOnNode(getRequestListener(broker));
    onTestFinished(close);
    settings = `
      export const tokenUrl = "http://localhost:${port}/";
      export const hubOptions = ${JSON.stringify({ gatewayHostname: hostOf(policy) })};
      export const userId = ${JSON.stringify(user)};
      export const getAccessToken = async () => ${JSON.stringify(await idp.jwt({ sub: user }))};`;
    const { printed } = await chromium.open(pageOrigin);
    for (const deviceId of devices)
      await eventually(async () => expect(await hub.telemetry(deviceId), printed.join("\n")).toHaveLength(1));
  });
});
