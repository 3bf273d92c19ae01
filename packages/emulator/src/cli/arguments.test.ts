import { describe, expect, it } from "vitest";
import { parseArguments, usage } from "./arguments.ts";

describe("the command line", () => {
  it("can be empty", () => {
    expect(parseArguments([])).toEqual({
      action: "run",
      emulator: { officialPorts: false },
      devices: ["device1"],
      caFile: undefined,
      json: false,
    });
  });

  it("accepts every option in the help", () => {
    const args =
      "--device a --device b --port 1 --plain-port=2 --host 127.0.0.2 --host-name h --allow-origin https://o --control-token t --official-ports --blob-storage --ca-file f --json";
    expect(parseArguments(args.split(" "))).toEqual({
      action: "run",
      emulator: {
        port: 1,
        plainPort: 2,
        host: "127.0.0.2",
        hostName: "h",
        allowedOrigins: ["https://o"],
        controlToken: "t",
        officialPorts: true,
        blobStorage: true,
      },
      devices: ["a", "b"],
      caFile: "f",
      json: true,
    });
    const documented = [...usage("isohub-emulator").matchAll(/--([a-z-]+)/g)].map(([, name]) => name);
    const accepted = [
      "device",
      "port",
      "plain-port",
      "host",
      "host-name",
      "allow-origin",
      "control-token",
      "official-ports",
      "blob-storage",
      "ca-file",
      "json",
      "help",
      "version",
    ];
    expect(new Set(documented)).toEqual(new Set(accepted));
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
    [["--port", "x"], "--port must be a port from 0 to 65535, got 'x'"],
    [["--plain-port", "65536"], "--plain-port must be a port from 0 to 65535, got '65536'"],
    [["--port", "-1"], "--port"],
    [["--json=yes"], "json"],
  ])("is rejected if invalid: %j", (args, message) => {
    expect(() => parseArguments(args)).toThrow(message);
  });
});
