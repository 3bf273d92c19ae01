import { mqttJsEngine } from "@isohub/browser/mqttjs";
import { browserFixtures } from "./browser-fixtures.ts";
import { allSuites } from "./suites/index.ts";

allSuites(browserFixtures(mqttJsEngine));
