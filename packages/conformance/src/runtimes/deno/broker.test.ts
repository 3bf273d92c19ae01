import { mqttJsEngine } from "@isohub/deno/mqttjs";
import { createTokenBroker } from "@isohub/deno/token-broker";
import { brokerSuite } from "../broker-suite.ts";
import { denoFixtures } from "./deno-fixtures.ts";

/** The part of Deno that is used here. Its own types would apply to all tests. */
declare const Deno: {
  serve(
    options: { hostname: string; port: number; onListen(): void },
    handler: (request: Request) => Promise<Response>,
  ): { addr: { port: number }; shutdown(): Promise<void> };
};

brokerSuite(denoFixtures("tls", mqttJsEngine), {
  createTokenBroker,
  async serve(broker) {
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, broker);
    return { port: server.addr.port, close: () => server.shutdown() };
  },
});
