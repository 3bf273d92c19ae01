import { leanEngine } from "@isohub/browser";
import { browserFixtures } from "./browser-fixtures.ts";
import { allSuites } from "./suites/index.ts";

allSuites(browserFixtures(leanEngine));
