/** What an MQTT user name for the provisioning service says. */
export interface ProvisioningUserName {
  readonly idScope: string;
  readonly registrationId: string;
}

/**
 * Reads `{idScope}/registrations/{registrationId}/api-version=…`, without the `?` of a hub. A user name whose first
 * part is a host of the hub is none: a module may be called that.
 */
export function parseProvisioningUserName(
  text: string,
  isHub: (hostName: string) => boolean,
): ProvisioningUserName | undefined {
  const match = /^([^/]+)\/registrations\/([^/]+)\/([^/]*&)?api-version=[^&]/.exec(text);
  const [, idScope, registrationId] = match ?? [];
  if (idScope === undefined || registrationId === undefined || isHub(idScope)) return undefined;
  return { idScope, registrationId };
}
