export * from "@isohub/core";
export { IoTHubDeviceClient, IoTHubModuleClient, ProvisioningDeviceClient } from "./clients.ts";
