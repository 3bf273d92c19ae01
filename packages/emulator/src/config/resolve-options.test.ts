import { describe, expect, it } from "vitest";
import type { EmulatorOptions } from "./options.ts";
import { optionsOfOther, resolveOptions } from "./resolve-options.ts";

describe("options", () => {
  it("have defaults", () => {
    expect(resolveOptions({})).toMatchObject({
      hostName: "localhost",
      host: "127.0.0.1",
      port: 0,
      plainPort: 0,
      officialPorts: false,
      sasClockSkewSeconds: 0,
      c2dLockSeconds: 60,
      c2dMaxDeliveryCount: 10,
      requireApiVersion: false,
      minTlsVersion: "1.2",
      telemetryLimit: 10_000,
      telemetryMaxBytes: 134_217_728,
      telemetryMaxBytesPerDevice: 67_108_864,
    });
    // A caller may pass on an option that it didn't receive.
    expect(resolveOptions({ port: undefined } as unknown as EmulatorOptions).port).toBe(0);
  });

  it.each([
    [{ host: "127.0.0.2" }, "127.0.0.2", "127.0.0.2"],
    [{ host: "localhost" }, "localhost", "127.0.0.1"],
    [{ host: "127.0.0.2", hostName: "hub.test" }, "hub.test", "127.0.0.2"],
    [{ host: "::1" }, "[::1]", "::1"],
    [{ host: "0.0.0.0" }, "localhost", "0.0.0.0"],
    [{ host: "::" }, "localhost", "::"],
    [{ hostName: "::1" }, "[::1]", "127.0.0.1"],
  ])("give the hub a name that leads to it: %j", (options, hostName, host) => {
    expect(resolveOptions(options)).toMatchObject({ hostName, host });
  });

  it("of another hub have the host that the first one advertises, with its own port", () => {
    const first = resolveOptions({ host: "0.0.0.0", advertise: "hub:8883" });
    expect(optionsOfOther({}, first)).toMatchObject({ hostName: "localhost", advertise: "hub" });
    expect(optionsOfOther({ advertise: "west:1" }, first).advertise).toBe("west:1");
    expect(optionsOfOther({ hostName: "west" }, first).advertise).toBeUndefined();
    expect(optionsOfOther({ host: "::1" }, resolveOptions({}))).toMatchObject({
      hostName: "[::1]",
      host: "::1",
    });
    const bracketed = resolveOptions({ advertise: "[fe80::1]:8883" });
    expect(optionsOfOther({}, bracketed).advertise).toBe("[fe80::1]");
  });

  it.each([
    [{ port: -1 }, "port must be an integer from 0 to 65535, got -1"],
    [{ plainPort: 65_536 }, "plainPort must be an integer from 0 to 65535, got 65536"],
    [{ port: 1.5 }, "port must be an integer from 0 to 65535, got 1.5"],
    [{ port: "80" as unknown as number }, "port must be an integer from 0 to 65535, got '80'"],
    [{ c2dMaxDeliveryCount: 0 }, "from 1 to 100"],
    [{ c2dLockSeconds: -1 }, "c2dLockSeconds must be an integer from 0 to 86400, got -1"],
    [{ sasClockSkewSeconds: Number.NaN }, "sasClockSkewSeconds must be an integer from 0 to 86400, got NaN"],
    [{ telemetryLimit: -1 }, "telemetryLimit"],
  ])("reject numbers out of range: %j", (options, message) => {
    expect(() => resolveOptions(options)).toThrow(RangeError);
    expect(() => resolveOptions(options)).toThrow(message);
  });

  it("include when the blob storage starts", () => {
    expect(resolveOptions({}).blobStorage).toBe("on-demand");
    expect(resolveOptions({ blobStorage: false }).blobStorage).toBe(false);
    expect(() => resolveOptions({ blobStorage: "always" as "on-demand" })).toThrow(
      "blobStorage must be true or false or on-demand, got 'always'",
    );
  });

  it("accept only letters and digits as id scope, because it is part of user names and paths", () => {
    expect(resolveOptions({}).idScope).toBe("0ne00EM0001");
    expect(resolveOptions({}).provisioningRetryAfterSeconds).toBe(3);
    for (const idScope of ["0ne/1", "control.", ""]) {
      const got = idScope === "" ? "an empty string" : `'${idScope}'`;
      expect(() => resolveOptions({ idScope })).toThrow(
        `idScope must be 1 to 64 letters and digits, got ${got}`,
      );
    }
  });

  it("are rejected if unknown", () => {
    expect(() => resolveOptions({ hostname: "x" } as EmulatorOptions)).toThrow(TypeError);
    expect(() => resolveOptions({ hostname: "x" } as EmulatorOptions)).toThrow(
      "'hostname' isn't an option; the options are port, plainPort, host",
    );
  });
});
