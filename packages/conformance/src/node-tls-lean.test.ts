import { leanEngine } from "@isohub/node";
import { nodeFixtures } from "./node-fixtures.ts";
import { allSuites } from "./suites/index.ts";

allSuites(nodeFixtures("tls", leanEngine));
