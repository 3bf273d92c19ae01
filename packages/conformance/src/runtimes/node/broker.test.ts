import { getRequestListener } from "@hono/node-server";
import { mqttJsEngine } from "@isohub/node/mqttjs";
import { createTokenBroker } from "@isohub/node/token-broker";
import { brokerSuite, serveOnNode } from "../broker-suite.ts";
import { nodeFixtures } from "./node-fixtures.ts";

brokerSuite(nodeFixtures("tls", mqttJsEngine), {
  createTokenBroker,
  serve: (broker) => serveOnNode(getRequestListener(broker)),
});
