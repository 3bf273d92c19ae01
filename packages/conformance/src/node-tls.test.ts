import { mqttJsEngine } from "@isohub/node/mqttjs";
import { nodeFixtures } from "./node-fixtures.ts";
import { allSuites } from "./suites/index.ts";

allSuites(nodeFixtures("tls", mqttJsEngine));
