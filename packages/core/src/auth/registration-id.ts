import { mustBe } from "../errors.ts";

const pattern = /^(?=.{1,128}$)[A-Za-z0-9](?:[A-Za-z0-9\-._:]*[A-Za-z0-9-])?$/;

/** Checks a registration id. @throws {ArgumentError} `invalid_argument` @source DPS documentation, "Registration ID" */
export function checkRegistrationId(value: unknown): string {
  if (typeof value === "string" && pattern.test(value)) return value;
  throw mustBe(
    "The registration id",
    value,
    "1 to 128 letters, digits and - . _ : that start with a letter or digit and end with one or with -",
  );
}
