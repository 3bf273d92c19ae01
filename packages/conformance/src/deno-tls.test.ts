import { mqttJsEngine } from "@isohub/deno/mqttjs";
import { denoFixtures } from "./deno-fixtures.ts";
import { allSuites } from "./suites/index.ts";

allSuites(denoFixtures("tls", mqttJsEngine));
