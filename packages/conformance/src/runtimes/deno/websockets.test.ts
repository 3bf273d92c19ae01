import { mqttJsEngine } from "@isohub/deno/mqttjs";
import { allSuites } from "../../suites/index.ts";
import { denoFixtures } from "./deno-fixtures.ts";

allSuites(denoFixtures("websockets", mqttJsEngine));
