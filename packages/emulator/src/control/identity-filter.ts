import { type Identity, parseIdentity } from "../hub/identities/identity.ts";

/** Matches what belongs to a device and its modules, to one module, or without an identity to any. */
export function identityFilter(identity: string | undefined): (owner: Identity) => boolean {
  if (identity === undefined) return () => true;
  const { deviceId, moduleId } = parseIdentity(identity) ?? { deviceId: identity };
  return (owner) => owner.deviceId === deviceId && (moduleId === undefined || owner.moduleId === moduleId);
}
