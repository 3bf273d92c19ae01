export * from "@isohub/core";
export { IoTHubDeviceClient, IoTHubModuleClient, ProvisioningDeviceClient } from "./clients.ts";
export { leanEngine, mqttJsEngine } from "./engines.ts";
export { fileStorage } from "./file-storage.ts";
