import { IoTHubDeviceClient } from "@isohub/deno";
import { describe } from "vitest";
import { unusualServersSuite } from "./unusual-servers.ts";

describe("a client on Deno", () => unusualServersSuite(IoTHubDeviceClient));
