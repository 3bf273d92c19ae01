// The examples in docs/browser-security.md and docs/guide/many-devices.md, unchanged.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshId, hostOf } from "../device.ts";
import { eventually } from "../eventually.ts";
import { root } from "../files.ts";
import { type IdentityProvider, startIdentityProvider } from "../identity-provider.ts";
import { startProgram } from "../program.ts";
import { providedPlainHub } from "../provided-hub.ts";
import { Chromium } from "./chromium.ts";
import { serve } from "./page-server.ts";

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
      export const userId = ${JSON.stringify(user)};
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

  it("lets a page be two devices, with a stand-in for an identity provider", async () => {
    const devices = ["thermostat-alice", "meter-alice"];
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
    const addressOf = async (name: string, env: Record<string, string> = {}): Promise<string> => {
      const program = startProgram(process.execPath, [name], { cwd: example, env: { PORT: "0", ...env } });
      return (await program.printed(/http:\/\/localhost:\d+\//))[0];
    };
    const provider = await addressOf("identity-provider.mjs");
    const broker = await addressOf("server.mjs", {
      JWKS_URL: `${provider}jwks`,
      JWT_ISSUER: "http://localhost/",
      PAGE_ORIGIN: pageOrigin,
      HUB_POLICY: policy,
    });
    settings = (await readFile(join(example, "settings-local.js"), "utf8"))
      .replace("http://localhost:8081/", broker)
      .replace("http://localhost:9000/", provider)
      .replace("ws://localhost:8080", hostOf(policy));
    const { printed } = await chromium.open(pageOrigin);
    for (const deviceId of devices)
      await eventually(async () => expect(await hub.telemetry(deviceId), printed.join("\n")).toHaveLength(1));
  });
});
