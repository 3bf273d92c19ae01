import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startGateway } from "./gateway.mjs";

const bundle = fileURLToPath(new URL("../../../packages/browser/dist/", import.meta.url));
const scripts = {
  "/fleet.js": fileURLToPath(new URL("page.js", import.meta.url)),
  "/costs.js": fileURLToPath(new URL("costs.js", import.meta.url)),
};

/** Number of devices in each frame: Chromium allows 255 WebSockets in a renderer process, and has one for each site of a page. */
export const devicesPerFrame = 250;

const frame = '<!doctype html><meta charset="utf-8"><script type="module" src="./fleet.js"></script>';
const costs = frame.replace("fleet.js", "costs.js");

/**
 * Serves the page, and forwards its WebSockets to a hub.
 *
 * @param {{ cert: string, key: string }} certificate
 * @param {number} hubPort
 */
export function startFleetGateway(certificate, hubPort) {
  return startGateway(certificate, hubPort, fleetFile);
}

async function fleetFile(path) {
  if (path === "/frame.html") return frame;
  if (path === "/costs.html") return costs;
  if (path === "/index.html") return '<!doctype html><meta charset="utf-8">';
  return readFile(scripts[path] ?? `${bundle}${path}`);
}

/**
 * Connects devices in one page, lets each send its messages, and returns the result.
 *
 * @param {import("playwright").Page} page - of a context that accepts the gateway's certificate
 * @param {number} port - of the gateway
 * @param {readonly string[]} connectionStrings - for a hub on this machine
 * @param {{ seconds: number, intervalMs: number, atOnce: number }} options
 */
export async function runFleet(page, port, connectionStrings, options) {
  const groups = [];
  for (let at = 0; at < connectionStrings.length; at += devicesPerFrame) {
    const group = connectionStrings.slice(at, at + devicesPerFrame);
    const gateway = `${siteName(groups.length)}:${port}`;
    groups.push(
      group.map((connectionString) =>
        connectionString.replace(/HostName=[^;]+/, `HostName=localhost;GatewayHostName=${gateway}`),
      ),
    );
  }
  await page.goto(`https://localhost:${port}/`);
  const sites = groups.map((_, index) => `https://${siteName(index)}:${port}`);
  await page.setContent(sites.map((site) => `<iframe src="${site}/frame.html"></iframe>`).join(""));
  const results = await Promise.all(
    groups.map(async (group, index) => {
      const inside = await find(page, sites[index]);
      await inside.waitForFunction("globalThis.runFleet !== undefined");
      return inside.evaluate(([strings, wanted]) => globalThis.runFleet(strings, wanted), [group, options]);
    }),
  );
  const sum = (name) => results.reduce((total, result) => total + result[name], 0);
  const highest = (of) => Math.max(...results.map(of));
  return {
    devices: sum("devices"),
    frames: groups.length,
    sent: sum("sent"),
    acknowledged: sum("acknowledged"),
    connectMs: highest(({ connectMs }) => connectMs),
    sendMs: highest(({ sendMs }) => sendMs),
    slowestAckMs: highest(({ slowestMs }) => slowestMs),
    longestTaskMs: {
      connecting: highest(({ longest }) => longest.connecting),
      sending: highest(({ longest }) => longest.sending),
    },
    failures: results.flatMap(({ failures }) => failures),
  };
}

/**
 * Connects devices in one page, all at once and directly to the hub, each over its own connection.
 *
 * @param {import("playwright").Page} page - of a context that accepts the certificates
 * @param {number} port - of the gateway, which only serves the page
 * @param {readonly string[]} connectionStrings - of the hub
 * @returns {Promise<number>} the time until all are connected, in milliseconds
 */
export async function connectAtOnce(page, port, connectionStrings) {
  await page.goto(`https://localhost:${port}/frame.html`);
  await page.waitForFunction("globalThis.runFleet !== undefined");
  const options = { seconds: 0, intervalMs: 0, atOnce: connectionStrings.length };
  const wanted = [connectionStrings, options];
  const { connectMs } = await page.evaluate((given) => globalThis.runFleet(...given), wanted);
  return connectMs;
}

const siteName = (index) => `fleet${index}.localhost`;

async function find(page, site) {
  for (;;) {
    const inside = page.frames().find((one) => one.url().startsWith(site));
    if (inside !== undefined) return inside;
    await page.waitForEvent("framenavigated");
  }
}
