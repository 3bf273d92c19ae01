import { describe, expect, it } from "vitest";
import { parseArguments, usage } from "./arguments.ts";

describe("the command line", () => {
  it("may be empty", () => {
    expect(parseArguments([])).toEqual({
      action: "run",
      emulator: { officialPorts: false },
      devices: ["device1"],
      caFile: undefined,
      json: false,
    });
  });

  it("takes every option the help names", () => {
    const args =
      "--device a --device b --port 1 --plain-port=2 --host 127.0.0.2 --host-name h --official-ports --blob-storage --ca-file f --json";
    expect(parseArguments(args.split(" "))).toEqual({
      action: "run",
      emulator: {
        port: 1,
        plainPort: 2,
        host: "127.0.0.2",
        hostName: "h",
        officialPorts: true,
        blobStorage: true,
      },
      devices: ["a", "b"],
      caFile: "f",
      json: true,
    });
    const named = [...usage.matchAll(/--([a-z-]+)/g)].map(([, name]) => name);
    const taken = [
      "device",
      "port",
      "plain-port",
      "host",
      "host-name",
      "official-ports",
      "blob-storage",
      "ca-file",
      "json",
      "help",
      "version",
    ];
    expect(new Set(named)).toEqual(new Set(taken));
  });

  it.each([
    [["--help"], "help"],
    [["-h"], "help"],
    [["--version"], "version"],
    [["-v"], "version"],
  ])("asks for something else: %j", (args, action) => {
    expect(parseArguments(args).action).toBe(action);
  });

  it.each([
    [["--prot", "1"], "Unknown option '--prot'"],
    [["device1"], "device1"],
    [["--port"], "--port"],
    [["--port", "x"], "--port is 'x', it must be a port number from 0 to 65535"],
    [["--plain-port", "65536"], "--plain-port is '65536'"],
    [["--port", "-1"], "--port"],
    [["--json=yes"], "json"],
  ])("is refused: %j", (args, message) => {
    expect(() => parseArguments(args)).toThrow(message);
  });
});
