export * from "@isohub/core";
export { IoTHubDeviceClient, IoTHubModuleClient } from "./clients.ts";
