import { IoTHubDeviceClient, IoTHubModuleClient, leanEngine } from "@isohub/browser";
import { testSimulatedTypes } from "../simulated-types.ts";

testSimulatedTypes({ IoTHubDeviceClient, IoTHubModuleClient, engine: leanEngine });
