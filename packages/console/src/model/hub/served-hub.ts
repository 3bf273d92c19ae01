import { IoTHubDeviceClient, IoTHubModuleClient } from "@isohub/browser";
import { createControlClient } from "@isohub/emulator/control-client";
import type { HubSource } from "./hub-access.ts";

/** The hub that serves this page. Its control token, if it requires one, is in the address of the page. */
export function servedHub(): HubSource {
  const given = /^#token=(.+)$/.exec(location.hash)?.[1];
  const token = given === undefined ? undefined : decodeURIComponent(given);
  const url = new URL("/control", location.href).href;
  const client = createControlClient(url, token === undefined ? {} : { token });
  return { client, clients: { IoTHubDeviceClient, IoTHubModuleClient }, isInPage: false, token };
}
