import { describe, expect, it } from "vitest";
import { parseArguments, usage } from "./arguments.ts";

describe("the command line", () => {
  it("has a scenario and options", () => {
    const line =
      "s.json --devices 1000 --for 5m --connect-rate s2 --shard 1/3 --source-address 127.0.0.2 --every 1s";
    expect(parseArguments(line.split(" "), {})).toMatchObject({
      action: "run",
      files: ["s.json"],
      changes: { devices: 1000, holdMs: 300_000, connectRate: 120, seed: undefined },
      shard: { index: 1, count: 3 },
      sourceAddresses: ["127.0.0.2"],
      everyMs: 1000,
      quiet: false,
    });
  });

  it("takes the index of its shard from an indexed job of Kubernetes", () => {
    const parsed = parseArguments(["s.json", "--shard", "4"], { JOB_COMPLETION_INDEX: "3" });
    expect(parsed.shard).toEqual({ index: 3, count: 4 });
  });

  it("merges reports", () => {
    expect(parseArguments(["merge", "a.json", "b.json"], {})).toMatchObject({
      action: "merge",
      files: ["a.json", "b.json"],
    });
  });

  it("records a hub, and exports a scenario as a program", () => {
    expect(
      parseArguments("record --hub http://h/control --for 5s --output r.json".split(" "), {}),
    ).toMatchObject({
      action: "record",
      files: [],
      hub: "http://h/control",
      changes: { holdMs: 5000 },
      output: "r.json",
    });
    expect(parseArguments("export s.json --to page".split(" "), {})).toMatchObject({
      action: "export",
      files: ["s.json"],
      to: "page",
      output: undefined,
    });
  });

  it.each([
    ["f1", 100],
    ["S1", 100],
    ["s2", 120],
    ["s3", 6000],
    ["2.5", 2.5],
  ])("connects as fast as %s allows", (rate, connectRate) => {
    expect(parseArguments(["s.json", "--connect-rate", rate], {}).changes).toMatchObject({ connectRate });
  });

  it.each([
    ["record", "--hub must be the control API of the hub to record, got none"],
    ["record s.json --hub http://h", "record must have no file, got s.json"],
    ["export", "the scenario must be one file, got none"],
    ["export s.json --to bun", "--to must be one of node, deno, page, got 'bun'"],
    ["", "the scenario must be one file, got none"],
    ["a.json b.json", "the scenario must be one file, got a.json, b.json"],
    ["merge", "merge must have at least one report, got none"],
    ["s.json --devices 0", "--devices must be an integer from 1 to 1000000, got '0'"],
    ["s.json --for 5", "--for must be a duration such as 500ms, 5s, 2m or 1h, got '5'"],
    [
      "s.json --connect-rate fast",
      "--connect-rate must be a number greater than 0 or a tier (s1, s2, s3), got 'fast'",
    ],
    ["s.json --shard 3/3", "--shard must be i/n with i from 0 to n - 1, got '3/3'"],
    ["s.json --shard 3", "--shard must be i/n with i from 0 to n - 1, got '3' without JOB_COMPLETION_INDEX"],
    ["s.json --hub localhost", "--hub must be a URL that starts with http, got 'localhost'"],
    ["s.json --source-address here", "--source-address must be an IP address, got 'here'"],
  ])("'%s' is rejected", (line, message) => {
    expect(() => parseArguments(line === "" ? [] : line.split(" "), {})).toThrow(message);
  });

  it("is explained by its usage, with every option", () => {
    expect(usage("isohub simulate")).toMatch(
      /^Usage: isohub simulate <scenario\.json> \[options\]\n[\s\S]* {2}--devices <n> +number/,
    );
  });
});
