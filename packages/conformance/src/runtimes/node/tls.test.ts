import { mqttJsEngine } from "@isohub/node/mqttjs";
import { allSuites } from "../../suites/index.ts";
import { nodeFixtures } from "./node-fixtures.ts";

allSuites(nodeFixtures("tls", mqttJsEngine));
