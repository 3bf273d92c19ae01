import { describe, expect, it } from "vitest";
import { variableOf } from "../config/setting.ts";
import { allSettings } from "../config/sources.ts";
import { parseArguments, usage } from "./arguments.ts";

describe("the command line", () => {
  it("can be empty", () => {
    expect(parseArguments([])).toEqual({ action: "run", settings: {} });
  });

  it("has every setting, which the help lists", () => {
    const args =
      "--device a --device b --port 1 --plain-port=2 --host 127.0.0.2 --host-name h --allow-origin https://o --official-ports --blob-storage --ca-file f --log-level warn --json";
    expect(parseArguments(args.split(" "))).toEqual({
      action: "run",
      settings: {
        device: ["a", "b"],
        port: 1,
        plainPort: 2,
        host: "127.0.0.2",
        hostName: "h",
        allowedOrigins: ["https://o"],
        officialPorts: true,
        blobStorage: true,
        caFile: "f",
        logLevel: "warn",
        json: true,
      },
    });
    const documented = [...usage("isohub-emulator").matchAll(/^ {2}--([a-z0-9-]+)/gm)].map(
      ([, name]) => name,
    );
    const flags = Object.values(allSettings).map(({ flag }) => flag);
    expect(documented).toEqual([...flags, "help"]);
    expect(new Set(flags).size).toBe(flags.length);
    for (const line of usage("isohub-emulator").split("\n")) expect(line.length).toBeLessThanOrEqual(130);
    expect(Object.values(allSettings).map(variableOf)).toContain("ISOHUB_EMULATOR_C2D_LOCK_SECONDS");
  });

  it.each([
    [["--help"], "help"],
    [["-h"], "help"],
    [["--version"], "version"],
    [["-v"], "version"],
  ])("can request the help or the version: %j", (args, action) => {
    expect(parseArguments(args).action).toBe(action);
  });

  it.each([
    [["--prot", "1"], "Unknown option '--prot'"],
    [["device1"], "device1"],
    [["--port"], "--port"],
    [["--port", "x"], "--port must be an integer from 0 to 65535, got 'x'"],
    [["--plain-port", "65536"], "--plain-port must be an integer from 0 to 65535, got 65536"],
    [["--port", "-1"], "--port"],
    [["--json=yes"], "json"],
    [["--log-level", "loud"], "--log-level must be one of error, warn, info, debug, got 'loud'"],
    [
      ["--control-token", "a b"],
      "--control-token must be at least 16 letters, digits and - . _ ~ + / =, got a string of 3",
    ],
    [["--advertise", "http://x"], "--advertise must be a host, or host:port, got 'http://x'"],
  ])("is rejected if invalid: %j", (args, message) => {
    expect(() => parseArguments(args)).toThrow(message);
  });
});
