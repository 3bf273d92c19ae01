import type { ProvisioningDeviceClient, RegistrationResult, X509 } from "@isohub/core";
import { onTestFinished } from "vitest";
import { freshId } from "./device.ts";
import type { Fixtures } from "./fixtures.ts";
import type { EnrollmentOptions } from "./hub-control.ts";

/** What a test of provisioning begins with. */
export interface Provisioners {
  /** A client for a registration, with its key or certificate. */
  provisioner(
    registrationId: string,
    credential: string | X509,
    scope?: string,
  ): Promise<ProvisioningDeviceClient>;
  /** An enrollment with a key of its own, and a client for it. */
  enrolled(
    options?: EnrollmentOptions,
  ): Promise<{ registrationId: string; key: string; client: ProvisioningDeviceClient }>;
  /** Sends as the device that was registered, and counts what has arrived. */
  sends(result: RegistrationResult, credential: string | X509): Promise<number>;
}

/** Provisioning clients of a runtime, made for the hub of its tests. */
export function provisioners({ hub, clients, connectOptions, engine }: Fixtures): Provisioners {
  const { serverVerificationCert, websockets } = connectOptions;
  const options = {
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
      ? ProvisioningDeviceClient.createFromSymmetricKey(...names, credential, options)
      : ProvisioningDeviceClient.createFromX509Certificate(...names, credential, options);
  }

  return {
    provisioner,
    async enrolled(more = {}) {
      const registrationId = freshId("reg");
      const { primaryKey: key } = await hub.createEnrollment(registrationId, more);
      return { registrationId, key, client: await provisioner(registrationId, key) };
    },
    async sends({ registrationState }, credential) {
      const { assignedHub = "", deviceId = "" } = registrationState ?? {};
      const { IoTHubDeviceClient } = clients;
      const device =
        typeof credential === "string"
          ? IoTHubDeviceClient.createFromSymmetricKey(credential, assignedHub, deviceId, connectOptions)
          : IoTHubDeviceClient.createFromX509Certificate(credential, assignedHub, deviceId, connectOptions);
      onTestFinished(() => device.shutdown());
      await device.sendMessage("registered");
      return (await hub.telemetry(deviceId)).length;
    },
  };
}
