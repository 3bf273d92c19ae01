import { leanEngine } from "@isohub/browser";
import { IoTHubDeviceClient } from "@isohub/browser/lite";
import { browserFixtures } from "./browser-fixtures.ts";
import { liteSuites } from "./suites/lite.ts";

const fixtures = browserFixtures(leanEngine);

liteSuites(
  {
    ...fixtures,
    // What the suites of the essentials use of a device client, it has.
    clients: { ...fixtures.clients, IoTHubDeviceClient: IoTHubDeviceClient as never },
    // Its own engine: it cannot be told from the one of the other entry.
    connectOptions: {},
  },
  "device",
);
