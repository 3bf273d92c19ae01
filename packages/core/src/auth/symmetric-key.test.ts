import { describe, expect, it } from "vitest";
import { ArgumentError } from "../errors.ts";
import { decodeSymmetricKey } from "./symmetric-key.ts";

const bytes = Uint8Array.from({ length: 64 }, (_, at) => (at * 61 + 13) % 256);
const key = Buffer.from(bytes).toString("base64");

function refusal(value: unknown): unknown {
  try {
    decodeSymmetricKey(value);
  } catch (error) {
    return error;
  }
  throw new Error("it was accepted");
}

describe("decodeSymmetricKey", () => {
  it("has a key with every digit that base64url spells differently", () => {
    expect(key).toMatch(/\+.*\/|\/.*\+/);
    expect(key).toMatch(/==$/);
  });

  it.each([
    ["as the hub shows it", key],
    ["without its padding", key.replace(/=+$/, "")],
    ["with half of its padding", key.slice(0, -1)],
    ["as base64url", Buffer.from(bytes).toString("base64url")],
    ["as base64url with padding", key.replaceAll("+", "-").replaceAll("/", "_")],
    ["with the line break of a file", `${key}\n`],
    ["with the line break of a file from Windows", `${key}\r\n`],
    ["with white space around it", ` \t${key} \u00a0`],
    ["with a byte order mark", `\uFEFF${key}`],
    ["with characters that a chat adds", `\u200b${key}\u200e`],
    ["wrapped, as openssl and base64 write long keys", `${key.slice(0, 64)}\n${key.slice(64)}\n`],
  ])("accepts a key %s", (_how, text) => {
    expect(decodeSymmetricKey(text)).toEqual(bytes);
  });

  it.each([
    ["in quotes", `"${key}"`, 'got 90 characters with "\\""'],
    ["with a space, where a form has decoded a '+'", key.replace("+", " "), 'with " "'],
    ["percent-encoded", encodeURIComponent(key), 'with "%"'],
    ["truncated", key.slice(0, 85), "got 85 characters"],
    ["with too much padding", "a2V5=", "got 5 characters"],
    ["masked", "****", 'with "*"'],
    ["that is empty", "", "got an empty string"],
    ["of white space", "\n", "got '\n'"],
    ["that is a number", 5, "got 5"],
    ["that is null", null, "got null"],
    ["that is missing", undefined, "got undefined"],
    ["of bytes", bytes, "got an object"],
  ])("rejects a key %s, without showing it", (_how, value, got) => {
    const error = refusal(value);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error).toMatchObject({
      code: "invalid_key",
      message: expect.stringMatching(/^The symmetric key must be base64, got /),
      remediation: expect.stringContaining("Copy the key of the device again"),
    });
    expect(String(error)).toContain(got);
    expect(String(error)).not.toContain(key.slice(10, 18));
  });
});
