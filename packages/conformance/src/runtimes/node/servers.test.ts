import { leanEngine } from "@isohub/core/lean";
import { IoTHubDeviceClient } from "@isohub/node";
import { mqttJsEngine } from "@isohub/node/mqttjs";
import { describe } from "vitest";
import { blockedPortSuite } from "../blocked-port.ts";
import { flakyServersSuite } from "../flaky-servers.ts";
import { unusualServersSuite } from "../unusual-servers.ts";

describe("a client on Node", () => {
  unusualServersSuite(IoTHubDeviceClient);
  flakyServersSuite(IoTHubDeviceClient, [leanEngine, mqttJsEngine]);
  blockedPortSuite(IoTHubDeviceClient, [leanEngine, mqttJsEngine]);
});
