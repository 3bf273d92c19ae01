import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { LiveResults } from "../formats/live-line.ts";
import { prometheusText } from "../formats/prometheus.ts";

/** A server for Prometheus. */
export interface MetricsServer {
  readonly url: string;
  close(): void;
}

/** Serves the latest results at `/metrics`, to all addresses of this machine: Prometheus is usually on another. */
export async function serveMetrics(
  port: number,
  latest: () => LiveResults | undefined,
): Promise<MetricsServer> {
  const server: Server = createServer((request, response) => {
    if (request.url !== "/metrics") {
      response.writeHead(404).end();
      return;
    }
    const results = latest();
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
    response.end(results === undefined ? "" : prometheusText(results));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
    close: () => void server.close(),
  };
}
