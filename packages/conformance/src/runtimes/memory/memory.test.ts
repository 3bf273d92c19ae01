// Clients and a hub in one program, without sockets.
import { beforeEach } from "vitest";
import { allSuites } from "../../suites/index.ts";
import { memoryFixtures } from "./memory-fixtures.ts";

/** The tests that a hub in memory can't run, by the name of the test or its suite, with the reason. */
const impossible: Readonly<Record<string, string>> = {
  "file upload": "a hub in memory has no HTTP",
  "inputs and outputs": "a hub in memory has no routes between modules",
  "names the port if nothing listens there": "a hub in memory has no ports",
  "continues at the hub that it is moved to: telemetry, twin, methods, cloud-to-device messages":
    "a hub in memory is the only one",
  "registers again if the stored assignment is outdated, and stores the new one":
    "a hub in memory is the only one",
  "connects to the hub that its enrollment names": "a hub in memory is the only one",
};

beforeEach(({ task, skip }) => {
  const reason = impossible[task.name] ?? impossible[task.suite?.name ?? ""];
  if (reason !== undefined) skip(reason);
});

allSuites(memoryFixtures());
