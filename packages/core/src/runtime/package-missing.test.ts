import { describe, expect, it } from "vitest";
import { ClientError } from "../errors.ts";
import { packageMissing } from "./package-missing.ts";

describe("a package that can't be imported", () => {
  it("is a fatal error that names the package and the command that installs it", async () => {
    const cause = new Error("Cannot find package 'mqtt'");
    const importing = Promise.reject(cause).catch(
      packageMissing("The MQTT.js engine", "the package 'mqtt'", "npm install mqtt"),
    );
    await expect(importing).rejects.toMatchObject({
      name: "ClientError",
      code: "package_missing",
      retryable: false,
      message:
        "The MQTT.js engine needs the package 'mqtt', which could not be loaded: Cannot find package 'mqtt'",
      remediation: "npm install mqtt",
      cause,
    });
    await expect(importing).rejects.toBeInstanceOf(ClientError);
  });
});
