import { leanEngine } from "@isohub/node";
import { allSuites } from "../../suites/index.ts";
import { nodeFixtures } from "./node-fixtures.ts";

allSuites(nodeFixtures("tls", leanEngine));
