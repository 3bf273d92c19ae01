import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { root } from "../files.ts";
import { listenLocally } from "../local-server.ts";

const types: Record<string, string> = { html: "text/html", js: "text/javascript", map: "application/json" };

/** The bundles of the browser package. */
export const browserDist: string = join(root, "packages/browser/dist");

/** A page with the global `isohub`. */
export const globalPage = '<!doctype html><meta charset="utf-8"><script src="isohub.global.js"></script>';

/** Serves a page, and the bundles of the browser package next to it. @returns `http://localhost:port` */
export function servePage(html: string, headers: Record<string, string> = {}): Promise<string> {
  const files = async (path: string): Promise<string | Uint8Array> =>
    path === "/index.html" ? html : readFile(join(browserDist, path));
  return serve(files, headers);
}

/** Serves files until the end of the test. @returns `http://localhost:port` */
export async function serve(
  files: (path: string) => Promise<string | Uint8Array>,
  headers: Record<string, string> = {},
): Promise<string> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const name = path === "/" ? "/index.html" : path;
    files(name).then(
      (content) => {
        response.setHeaders(new Map(Object.entries(headers)));
        response.setHeader("content-type", types[name.split(".").pop() ?? ""] ?? "text/plain");
        response.end(content);
      },
      () => {
        response.statusCode = 404;
        response.end();
      },
    );
  });
  const port = await listenLocally(server);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://localhost:${port}`;
}
