import { IoTHubDeviceClient } from "@isohub/deno";
import { describe } from "vitest";
import { refusalsSuite } from "../refusals.ts";

describe("on Deno", () => refusalsSuite(IoTHubDeviceClient));
