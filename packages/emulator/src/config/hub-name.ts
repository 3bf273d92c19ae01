import { HubError } from "../hub/hub-error.ts";

/** The form of a hub's name in enrollments. */
export const hubNameForm = {
  pattern: "^[A-Za-z0-9][A-Za-z0-9-]{0,49}$",
  rule: "1 to 50 letters, digits and -",
} as const;

/** Checks the name of a hub in enrollments. @throws {HubError} ArgumentInvalid */
export function checkHubName(name: string): void {
  if (new RegExp(hubNameForm.pattern).test(name)) return;
  const message = `The name of a hub must be ${hubNameForm.rule}, got '${name}'.`;
  throw new HubError("ArgumentInvalid", message);
}

/** Returns the error for a name that another hub has. */
export function hubExists(name: string): HubError {
  return new HubError("ArgumentInvalid", `A hub named '${name}' already exists.`);
}
