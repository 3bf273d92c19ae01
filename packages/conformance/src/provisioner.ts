import type { ProvisioningDeviceClient, RegistrationResult, X509 } from "@isohub/core";
import type { EnrollmentOptions } from "@isohub/emulator";
import { freshId, shutDownAtEnd } from "./device.ts";
import type { Fixtures } from "./fixtures.ts";

/** Functions for tests of provisioning. */
export interface Provisioners {
  /** Creates a client with a key or certificate. */
  provisioner(
    registrationId: string,
    credential: string | X509,
    scope?: string,
  ): Promise<ProvisioningDeviceClient>;
  /** Creates an individual enrollment, and a client for it. */
  enrolled(
    options?: EnrollmentOptions,
  ): Promise<{ registrationId: string; key: string; client: ProvisioningDeviceClient }>;
  /** Sends a message as the registered device. @returns the number of messages from it that have arrived */
  sends(result: RegistrationResult, credential: string | X509): Promise<number>;
}

/** Returns the functions for a runtime. */
export function provisioners({ hub, clients, connectOptions, engine }: Fixtures): Provisioners {
  const { serverVerificationCert, websockets } = connectOptions;
  const clientOptions = {
    engine,
    ...(websockets === undefined ? {} : { websockets }),
    ...(serverVerificationCert === undefined ? {} : { serverVerificationCert }),
  };

  async function provisioner(
    registrationId: string,
    credential: string | X509,
    scope?: string,
  ): Promise<ProvisioningDeviceClient> {
    const { host, idScope } = await hub.provisioning();
    const { ProvisioningDeviceClient } = clients;
    const names = [host, registrationId, scope ?? idScope] as const;
    return typeof credential === "string"
      ? ProvisioningDeviceClient.createFromSymmetricKey(...names, credential, clientOptions)
      : ProvisioningDeviceClient.createFromX509Certificate(...names, credential, clientOptions);
  }

  return {
    provisioner,
    async enrolled(options = {}) {
      const registrationId = freshId("reg");
      const { primaryKey: key } = await hub.createEnrollment(registrationId, options);
      return { registrationId, key, client: await provisioner(registrationId, key) };
    },
    async sends({ registrationState }, credential) {
      const { assignedHub = "", deviceId = "" } = registrationState ?? {};
      const { IoTHubDeviceClient } = clients;
      const device = shutDownAtEnd(
        typeof credential === "string"
          ? IoTHubDeviceClient.createFromSymmetricKey(credential, assignedHub, deviceId, connectOptions)
          : IoTHubDeviceClient.createFromX509Certificate(credential, assignedHub, deviceId, connectOptions),
      );
      await device.sendMessage("registered");
      return (await hub.telemetry(deviceId)).length;
    },
  };
}
