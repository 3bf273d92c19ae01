import type { AuthenticationOptions, AuthenticationType } from "../hub/authentication.ts";
import type { IdentityOptions } from "../hub/registry.ts";
import { defined, type Fields } from "./fields.ts";

const types: readonly AuthenticationType[] = ["sas", "selfSigned", "certificateAuthority"];

/** The fields that describe a module. */
export function moduleOptions(fields: Fields): AuthenticationOptions {
  const options = credentials(fields);
  fields.end();
  return defined(options);
}

/** The fields that describe a device. */
export function deviceOptions(fields: Fields): IdentityOptions {
  const options = {
    ...credentials(fields),
    status: fields.optionalChoice("status", ["enabled", "disabled"]),
    statusReason: fields.nullableText("statusReason"),
  };
  fields.end();
  return defined(options);
}

function credentials(fields: Fields): {
  [Key in keyof AuthenticationOptions]-?: AuthenticationOptions[Key] | undefined;
} {
  return {
    primaryKey: fields.optionalText("primaryKey"),
    secondaryKey: fields.optionalText("secondaryKey"),
    authentication: fields.optionalChoice("authentication", types),
    primaryThumbprint: fields.nullableText("primaryThumbprint"),
    secondaryThumbprint: fields.nullableText("secondaryThumbprint"),
  };
}
