// Starts a local hub and serves these pages: `node examples/browser/serve.mjs`, or `npm run pages` at the root.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { startEmulator } from "@isohub/emulator";

const require = createRequire(import.meta.url);
const pages = fileURLToPath(new URL(".", import.meta.url));
/** Folders served below a URL prefix. Every other path is served from this file's folder. */
const folders = {
  "/isohub/": dirname(fileURLToPath(import.meta.resolve("@isohub/browser"))),
  "/uplot/": dirname(require.resolve("uplot")),
};
/** @type {Record<string, string>} */
const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
};

/** @param {string} path */
function locate(path) {
  const [prefix, folder] = Object.entries(folders).find(([start]) => path.startsWith(start)) ?? ["/", pages];
  const file = join(folder, normalize(`/${path.slice(prefix.length)}`));
  return path.endsWith("/") ? join(file, "index.html") : file;
}

const emulator = await startEmulator();
const { endpoints } = emulator;
/** The hub's address for the pages. */
const hub = JSON.stringify({
  controlUrl: endpoints.controlUrl,
  consoleUrl: new URL("/", endpoints.controlUrl).href,
});

const server = createServer(async (request, response) => {
  /** @type {string} */
  let path;
  try {
    path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
  } catch {
    response.writeHead(400).end("The path must be a valid URL path.\n");
    return;
  }
  try {
    const content = path === "/hub.json" ? hub : await readFile(locate(path));
    response.setHeader("content-type", `${types[extname(locate(path))] ?? "text/plain"}; charset=utf-8`);
    response.end(content);
  } catch {
    response.writeHead(404).end(`Not found: ${path}\n`);
  }
});
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  const at = `http://localhost:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
  console.log(`A local hub, and web pages that connect to it as devices:

  many devices    ${at}/devices/
  short examples  ${at}/
  the console     ${new URL("/", endpoints.controlUrl).href}

Control API of the hub: ${endpoints.controlUrl}
Press Ctrl+C to stop.`);
});

process.once("SIGINT", async () => {
  server.close();
  server.closeAllConnections();
  await emulator.close();
});
