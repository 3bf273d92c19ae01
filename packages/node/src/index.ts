export * from "@isohub/core";
export { leanEngine } from "@isohub/core/lean";
export { IoTHubDeviceClient, IoTHubModuleClient, ProvisioningDeviceClient } from "./clients.ts";
export { fileStorage } from "./files/file-storage.ts";
export { ProxyOptions } from "./proxy/proxy-options.ts";
