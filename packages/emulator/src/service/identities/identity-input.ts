import { defined } from "../../hub/defined.ts";
import { HubError } from "../../hub/hub-error.ts";
import {
  type AuthenticationOptions,
  type AuthenticationType,
  authenticationTypes,
} from "../../hub/identities/authentication.ts";
import type { Identity } from "../../hub/identities/identity.ts";
import type { IdentityStatus, ServiceIdentityOptions } from "../../hub/identities/registry.ts";
import type { Fields } from "../fields.ts";

const maxStatusReasonLength = 128;

/**
 * Reads a device or module as services send it. Fields that the hub sets, such as the etag, are ignored.
 *
 * @throws {HubError} ArgumentInvalid
 * @source IoT Hub service REST, Device and Module
 */
export function readIdentityOptions(body: Fields): ServiceIdentityOptions {
  const statusReason = body.clearable("statusReason");
  if (statusReason != null && statusReason.length > maxStatusReasonLength) {
    throw new HubError(
      "ArgumentInvalid",
      `statusReason must be up to ${maxStatusReasonLength} characters long, got ${statusReason.length}.`,
    );
  }
  return defined({
    ...readAuthentication(body.fields("authentication")),
    // Java's client writes `Enabled`. The registry checks the value.
    status: body.text("status")?.toLowerCase() as IdentityStatus | undefined,
    statusReason,
    iotEdge: body.fields("capabilities").flag("iotEdge"),
    deviceScope: body.clearable("deviceScope"),
    parentScopes: body.texts("parentScopes"),
    managedBy: body.clearable("managedBy"),
  });
}

/**
 * Checks that the ids of a body, if it has any, are those of the path.
 *
 * @throws {HubError} ArgumentInvalid
 */
export function requireSameIds(body: Fields, { deviceId, moduleId }: Identity): void {
  const ids = { deviceId, ...(moduleId === undefined ? {} : { moduleId }) };
  for (const [name, id] of Object.entries(ids)) {
    const given = body.text(name);
    if (given === undefined || given === id) continue;
    throw new HubError("ArgumentInvalid", `${name} must be '${id}' as in the path, got '${given}'.`);
  }
}

// Clients send the credentials of every type, with `null` or an empty string for those that aren't set: empty keys are
// generated.
function readAuthentication(authentication: Fields): AuthenticationOptions {
  const keys = authentication.fields("symmetricKey");
  const thumbprints = authentication.fields("x509Thumbprint");
  const primaryThumbprint = thumbprints.text("primaryThumbprint") || undefined;
  const secondaryThumbprint = thumbprints.text("secondaryThumbprint") || undefined;
  const hasThumbprint = primaryThumbprint !== undefined || secondaryThumbprint !== undefined;
  const given = sameType(authentication.text("type"));
  const type = given ?? (hasThumbprint ? "selfSigned" : undefined);
  const primaryKey = keys.text("primaryKey") || undefined;
  const secondaryKey = keys.text("secondaryKey") || undefined;
  const hasKey = primaryKey !== undefined || secondaryKey !== undefined;
  return {
    ...defined({ authentication: type ?? (hasKey ? "sas" : undefined) }),
    ...(type === undefined || type === "sas" ? defined({ primaryKey, secondaryKey }) : {}),
    ...(type === "selfSigned" ? { ...defined({ primaryThumbprint, secondaryThumbprint }) } : {}),
  };
}

// In any case, as for the status.
function sameType(given: string | undefined): AuthenticationType | undefined {
  const known = authenticationTypes.find((type) => type.toLowerCase() === given?.toLowerCase());
  return known ?? (given as AuthenticationType | undefined);
}
