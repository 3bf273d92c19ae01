import type { Endpoint, Platform } from "@isohub/core/runtime";
import * as isohub from "@isohub/node";
import type { SimulatorPlatform } from "../engine/platform.ts";
import type { PartSetup } from "./fleet-part.ts";

/** Creates the platform of a simulation on Node. Connections come from the source addresses in turn. */
export function nodePlatform({
  plain,
  sourceAddresses,
}: Pick<PartSetup, "plain" | "sourceAddresses">): SimulatorPlatform {
  const localTransport = plain ? "plain" : "tls";
  const common = { engine: isohub.leanEngine, localTransport, trustsLocalHub: true } as const;
  if (sourceAddresses.length === 0) return { ...isohub, ...common };
  let next = 0;
  const spread = (platform: Platform | undefined): Platform | undefined => {
    if (platform === undefined) return undefined;
    const { runtime } = platform;
    const connect: typeof runtime.connect = (endpoint, handlers, signal) => {
      const localAddress = sourceAddresses[next++ % sourceAddresses.length];
      const from: Endpoint = localAddress === undefined ? endpoint : { ...endpoint, localAddress };
      return runtime.connect(from, handlers, signal);
    };
    return { ...platform, runtime: { ...runtime, connect } };
  };
  return {
    ...common,
    IoTHubDeviceClient: class extends isohub.IoTHubDeviceClient {
      protected static override readonly platform: Platform = spread(super.platform) ?? super.platform;
    },
    IoTHubModuleClient: class extends isohub.IoTHubModuleClient {
      protected static override readonly platform: Platform = spread(super.platform) ?? super.platform;
    },
  };
}
