import { mqttJsEngine } from "@isohub/browser/mqttjs";
import { allSuites } from "../../suites/index.ts";
import { browserFixtures } from "./browser-fixtures.ts";

allSuites(browserFixtures(mqttJsEngine));
