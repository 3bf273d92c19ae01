// The hub in a page, from the bundle that applications load.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../files.ts";
import { Chromium } from "./chromium.ts";
import { serve } from "./page-server.ts";

const chromium = new Chromium();

/** The addresses of core's bundles, which the hub imports and shares with the application. */
const imports = Object.fromEntries(
  ["internal", "lean", "runtime", "web"]
    .map((name) => [`@isohub/core/${name}`, `/core/${name}.js`])
    .concat([["@isohub/core", "/core/index.js"]]),
);

it("runs a hub from its bundle, and connects a device to it", async () => {
  const origin = await serve(async (path) => {
    if (path === "/index.html")
      return `<!doctype html><link rel="icon" href="data:,"><script type="importmap">${JSON.stringify({ imports })}</script>`;
    const [, name = "", file = ""] = /^\/(\w+)\/(.+)$/.exec(path) ?? [];
    return readFile(join(root, "packages", name, "dist", file));
  });
  const { page, printed } = await chromium.open(origin);
  const result = await page.evaluate(`(async () => {
    const { createMemoryHub } = await import("/emulator/web.js");
    const hub = createMemoryHub();
    const { connectionString } = await hub.createDevice("thermostat");
    const client = hub.IoTHubDeviceClient.createFromConnectionString(connectionString);
    await client.sendMessage({ temperature: 21.5 });
    const status = client.state.status;
    const bodies = hub.telemetry("thermostat").map(({ body }) => new TextDecoder().decode(body));
    await client.shutdown();
    await hub.close();
    return { status, bodies };
  })()`);
  expect({ result, printed }).toEqual({
    result: { status: "connected", bodies: ['{"temperature":21.5}'] },
    printed: [],
  });
});
