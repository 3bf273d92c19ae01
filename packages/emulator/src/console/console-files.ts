import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/**
 * The page runs only its own files, and isn't shown in a frame of another one. It connects to any hub, because users may enter the
 * address of one.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  // A token broker on this machine may be without TLS.
  "connect-src 'self' ws: wss: https: http://localhost:* http://127.0.0.1:*",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const headers = {
  "cache-control": "no-cache",
  "content-security-policy": policy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** Folders where the console may be: next to the bundles, from the CommonJS build, and from the sources. */
const folders = ["./console/", "../console/", "../dist/console/", "../../dist/console/"];

/**
 * Answers requests for the console: the page at `/`, and its files. Returns `undefined` for other requests. Files are read on
 * request, so a hub without a visitor loads nothing.
 */
export function serveConsole(request: Request): Promise<Response> | undefined {
  const { pathname } = new URL(request.url);
  const name = pathname === "/" ? "index.html" : /^\/console\/[\w-]+\.(?:js|css|svg)$/.exec(pathname)?.[0];
  if (name === undefined || (request.method !== "GET" && request.method !== "HEAD")) return undefined;
  return readConsoleFile(name, request.method === "HEAD");
}

async function readConsoleFile(name: string, isHead: boolean): Promise<Response> {
  const folder = consoleFolder();
  const content =
    folder === undefined ? undefined : await readFile(`${folder}${name}`).catch(() => undefined);
  if (content === undefined) {
    const advice = folder === undefined ? " Run `npm run build`." : "";
    return new Response(`The console has no file ${name}.${advice}\n`, { status: 404 });
  }
  const type = types[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  return new Response(isHead ? null : new Uint8Array(content), {
    headers: { ...headers, "content-type": type },
  });
}

let found: string | undefined;

function consoleFolder(): string | undefined {
  found ??= folders
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(`${path}index.html`));
  return found;
}
