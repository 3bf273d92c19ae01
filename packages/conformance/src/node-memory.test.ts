// Clients and a hub in one program.
import { describe } from "vitest";
import { expectGaps } from "./gaps.ts";
import { memoryFixtures } from "./memory-fixtures.ts";
import { liteSuite } from "./suites/lite.ts";
import { modulesSuite } from "./suites/modules.ts";
import { receiveSuite } from "./suites/receive.ts";

const fixtures = memoryFixtures();

describe("a hub in memory", () => {
  expectGaps(fixtures, [
    { test: "names the port if nothing listens there", reason: "its connection strings have no port" },
  ]);
  liteSuite(fixtures);
  receiveSuite(fixtures);
  modulesSuite(fixtures);
});
