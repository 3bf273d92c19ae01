import { IoTHubDeviceClient } from "@isohub/node";
import { describe } from "vitest";
import { refusalsSuite } from "../refusals.ts";

describe("on Node", () => refusalsSuite(IoTHubDeviceClient));
