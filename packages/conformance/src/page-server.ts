import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

const types: Record<string, string> = { html: "text/html", js: "text/javascript", map: "application/json" };

/** Serves files to a page, as they are. @returns `http://localhost:port` */
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
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}
