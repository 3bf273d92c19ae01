// A page's workers as devices, with the bundles as they are published.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freshId } from "../device.ts";
import { providedPlainHub } from "../provided-hub.ts";
import { Chromium } from "./chromium.ts";
import { browserDist, serve } from "./page-server.ts";

const chromium = new Chromium();

/** Answers a connection string with the outcome of a device. The message comes from a page or, in a shared worker, from its port. */
const answering = `
  const device = async (connectionString) => {
    const client = IoTHubDeviceClient.createFromConnectionString(connectionString);
    await client.sendMessage({ temperature: 21.5 });
    const { desired } = await client.getTwin();
    await client.shutdown();
    return "version " + desired.$version;
  };
  const answer = (port) => async ({ data }) => port.postMessage(await device(data).catch((error) => error.stack));
  self.onconnect = ({ ports: [port] }) => { port.onmessage = answer(port); };
  if (!("clients" in self)) self.onmessage = answer(self);
  else self.onmessage = (event) => event.waitUntil(answer(event.source)(event));`;

const files: Readonly<Record<string, string>> = {
  "/index.html": "<!doctype html>",
  "/module.js": `import { IoTHubDeviceClient } from "./index.js"; ${answering}`,
  "/script.js": `importScripts("isohub.global.js"); const { IoTHubDeviceClient } = isohub; ${answering}`,
};

/** Asks a port of a worker. */
const ask = `(port, receiver, connectionString) => new Promise((resolve, reject) => {
  receiver.onmessage = ({ data }) => resolve(data);
  port.onerror = ({ message }) => reject(new Error(message));
  port.postMessage(connectionString);
})`;

it.each([
  ["a worker with a module", 'const to = new Worker("module.js", { type: "module" }); const from = to;'],
  ["a worker with a script", 'const to = new Worker("script.js"); const from = to;'],
  [
    "a shared worker with a module",
    'const to = new SharedWorker("module.js", { type: "module" }).port; const from = to;',
  ],
  // Modules can't load the files that they need later there.
  [
    "a service worker with a script",
    `await navigator.serviceWorker.register("script.js");
     const { active: to } = await navigator.serviceWorker.ready; const from = navigator.serviceWorker;`,
  ],
])("%s runs a device", async (_kind, start) => {
  const { hub } = providedPlainHub();
  const deviceId = freshId();
  const { connectionString } = await hub.createDevice(deviceId);
  const origin = await serve(async (path) => files[path] ?? readFile(join(browserDist, path)));
  const { page } = await chromium.open(origin);
  const outcome = await page.evaluate(
    `(async () => { ${start} return (${ask})(to, from, ${JSON.stringify(connectionString)}); })()`,
  );
  expect(outcome).toBe("version 1");
  expect(await hub.telemetry(deviceId)).toHaveLength(1);
});
