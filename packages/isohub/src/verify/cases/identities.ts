import { ProvisioningDeviceClient } from "@isohub/node";
import { expectEqual, until, type VerifyCase } from "../case.ts";

/** Identities besides the device: modules, and registrations. */
export const identityCases: readonly VerifyCase[] = [
  {
    name: "modules: a module sends telemetry and has a twin",
    needsStandardTier: true,
    async run({ newModuleClient, service, deviceId, signal, onEnd }) {
      const moduleId = "filter";
      const connectionString = await service.create(deviceId, moduleId);
      onEnd(() => service.delete(deviceId, moduleId));
      const client = newModuleClient(connectionString);
      await client.sendMessage({ n: 1 });
      await client.patchTwinReportedProperties({ ready: true });
      await until(
        () => service.twin(deviceId, moduleId),
        ({ properties: { reported } }) => reported["ready"] === true,
        signal,
      );
    },
  },
  {
    name: "provisioning: an enrolled device registers, and its enrollment is deleted",
    async run({ provisioning, service, deviceId, onEnd }) {
      const dps = provisioning();
      const registrationId = `${deviceId}-dps`;
      const symmetricKey = await dps.enroll(registrationId);
      onEnd(() => dps.delete(registrationId));
      const client = ProvisioningDeviceClient.createFromSymmetricKey(
        dps.deviceHost,
        registrationId,
        dps.idScope,
        symmetricKey,
      );
      const { registrationState, status } = await client.register();
      onEnd(() => service.delete(registrationState?.deviceId ?? registrationId));
      expectEqual("the status", status, "assigned");
    },
  },
];
