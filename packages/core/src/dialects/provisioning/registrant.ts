/** A device that registers with the Device Provisioning Service. */
export interface Registrant {
  readonly idScope: string;
  readonly registrationId: string;
  /** Whether its request contains a certificate signing request, which only a preview version of the API accepts. */
  readonly requestsCertificate: boolean;
}

/** The resource that a SAS token of this device grants access to. */
export function registrationResource({
  idScope,
  registrationId,
}: Omit<Registrant, "requestsCertificate">): string {
  return `${idScope}/registrations/${registrationId}`;
}
