import { type CertificateRequest, makeCertificateRequest, type Pkcs10Library } from "@isohub/core/csr";

export { CertificateRequest } from "@isohub/core/csr";

/**
 * Makes a key (EC P-384) and a request to certify it, for provisioning with certificates that the service issues
 * (preview). Needs the packages `@peculiar/x509` and `reflect-metadata`, which are not installed along: few devices need
 * them.
 *
 * @param registrationId - the subject of the certificate
 * @throws {ArgumentError} `invalid_argument` for a registration id that cannot be
 * @throws {ClientError} `not_supported` without these packages
 * @example
 * const request = await createCertificateRequest("device-1");
 * const { registrationState } = await provisioning.register({ csr: request.csr });
 * const client = IoTHubDeviceClient.createFromX509Certificate(
 *   request.x509(registrationState.issuedCertificateChain), registrationState.assignedHub, registrationState.deviceId,
 * );
 */
export function createCertificateRequest(registrationId: string): Promise<CertificateRequest> {
  return makeCertificateRequest(registrationId, load, "npm install @peculiar/x509 reflect-metadata");
}

async function load(): Promise<Pkcs10Library> {
  // The certificate library is built on decorators and needs this loaded before it.
  await import("reflect-metadata");
  return import("@peculiar/x509");
}
