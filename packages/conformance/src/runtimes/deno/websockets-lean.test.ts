import { leanEngine } from "@isohub/deno";
import { allSuites } from "../../suites/index.ts";
import { denoFixtures } from "./deno-fixtures.ts";

allSuites(denoFixtures("websockets", leanEngine));
