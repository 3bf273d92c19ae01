import { IoTHubDeviceClient } from "@isohub/node";
import { describe } from "vitest";
import { unusualServersSuite } from "./unusual-servers.ts";

describe("a client on Node", () => unusualServersSuite(IoTHubDeviceClient));
