export * from "@isohub/core";
export { leanEngine } from "@isohub/core/lean";
export { IoTHubDeviceClient, IoTHubModuleClient, ProvisioningDeviceClient } from "./clients.ts";
export { fileStorage } from "./file-storage.ts";
export { ProxyOptions } from "./proxy-options.ts";
