import { describe, expect, it } from "vitest";
import { readBrokerProblems, readErrorCodes, readHubErrors, sentencesOf } from "./error-codes.mjs";

const codes = readErrorCodes();

describe("the page of error codes", () => {
  it("has a meaning, a remedy and a class for each code of the SDK", () => {
    expect(codes.length).toBeGreaterThan(40);
    for (const { code, meaning, remedy, classes } of codes) {
      expect(meaning, code).toMatch(/^.+\.$/);
      expect(remedy, code).toMatch(/^.+\.$/);
      expect(classes, code).not.toEqual([]);
    }
  });

  it("has a meaning and a remedy for each error of the emulator and the token broker", () => {
    expect(readHubErrors().length).toBeGreaterThan(25);
    expect(readBrokerProblems().length).toBeGreaterThan(8);
  });

  it("rejects a code without a remedy", () => {
    expect(() => sentencesOf("some_code", "Something failed.")).toThrow("some_code");
    expect(() => sentencesOf("some_code", "")).toThrow("some_code");
  });

  it("finds where errors are created, with their messages, remedies and retries", () => {
    const named = (name) => codes.find(({ code }) => code === name);
    expect(named("shut_down")).toMatchObject({
      messages: ["The client has already been shut down"],
      retryable: "No",
    });
    expect(named("connection_dropped").retryable).toBe("Yes");
    expect(named("service_error").retryable).toBe("After 429 and 5xx");
    expect(named("invalid_key").remedies.join()).toContain("Copy the key of the device again");
  });
});
