/** The parts of an MQTT user name for the provisioning service. */
export interface ProvisioningUserName {
  readonly idScope: string;
  readonly registrationId: string;
}

/**
 * Parses `{idScope}/registrations/{registrationId}/api-version=…`, without the `?` of a hub. Returns `undefined` if the
 * first part is a host name of the hub: then `registrations` is a device id.
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
