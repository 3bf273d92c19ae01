import { leanEngine } from "@isohub/browser";
import { allSuites } from "../../suites/index.ts";
import { browserFixtures } from "./browser-fixtures.ts";

allSuites(browserFixtures(leanEngine));
