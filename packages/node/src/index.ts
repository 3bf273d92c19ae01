export * from "@isohub/core";
export { IoTHubDeviceClient } from "./clients.ts";
