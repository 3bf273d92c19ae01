import { leanEngine } from "@isohub/browser";
import { IoTHubDeviceClient } from "@isohub/browser/lite";
import { liteSuites } from "../../suites/lite.ts";
import { browserFixtures } from "./browser-fixtures.ts";

const fixtures = browserFixtures(leanEngine);

liteSuites({
  ...fixtures,
  // The lite client has every member that the lite suites use, but it isn't a subclass of the complete one.
  clients: { ...fixtures.clients, IoTHubDeviceClient: IoTHubDeviceClient as never },
  // The lite entry always uses its own engine.
  connectOptions: {},
});
