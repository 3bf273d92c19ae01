import { ArgumentError } from "../errors.ts";

const pattern = /^(?=.{1,128}$)[A-Za-z0-9](?:[A-Za-z0-9\-._:]*[A-Za-z0-9-])?$/;

/** @throws {ArgumentError} `invalid_argument`. @source DPS documentation, "Registration ID" */
export function checkRegistrationId(value: unknown): string {
  if (typeof value === "string" && pattern.test(value)) return value;
  const shown = typeof value !== "string" ? String(value) : value === "" ? "empty" : `'${value}'`;
  throw new ArgumentError(
    "invalid_argument",
    `The registration id must be 1 to 128 letters, digits and - . _ : that start with a letter or digit and end with one or with -, got ${shown}`,
  );
}
