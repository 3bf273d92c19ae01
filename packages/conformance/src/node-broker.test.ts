import { getRequestListener } from "@hono/node-server";
import { createTokenBroker } from "@isohub/node/token-broker";
import { brokerSuite, serveOnNode } from "./broker-suite.ts";
import { nodeFixtures } from "./node-fixtures.ts";

brokerSuite(nodeFixtures("tls"), {
  createTokenBroker,
  serve: (broker) => serveOnNode(getRequestListener(broker)),
});
