// The package for bundlers and runtimes that build for a page: the same names, and an error for whoever uses them.
import * as core from "@isohub/core";
import type { MqttEngine, Platform } from "@isohub/core/runtime";

export * from "@isohub/core";
export { leanEngine } from "@isohub/core/lean";

function refuse(): never {
  throw new core.UnsupportedFeatureError(
    "@isohub/node must run on Node, and was bundled for a page or worker",
    {
      remediation: "Install @isohub/browser, and import that package instead",
    },
  );
}

/** Refuses every use: pages have neither TLS sockets nor files. */
const noPlatform: Platform = new Proxy({} as Platform, { get: refuse });

/** The MQTT.js engine of `@isohub/browser` has another entry. */
export const mqttJsEngine: MqttEngine = { name: "mqttjs", prepare: async () => refuse(), start: refuse };

/** @throws {UnsupportedFeatureError} `unsupported_feature`, always */
export const fileStorage = (_path: string): core.AssignmentStorage => refuse();

/** Pages have no environment variables. */
export class ProxyOptions extends core.ProxyOptions {
  static fromEnvironment(): never {
    return refuse();
  }
}

/** Throws `unsupported_feature` when a client is created. */
export class IoTHubDeviceClient<
  T extends core.TwinShape = core.UntypedTwin,
> extends core.IoTHubDeviceClient<T> {
  protected static override readonly platform: Platform = noPlatform;
}

/** Throws `unsupported_feature` when a client is created. */
export class IoTHubModuleClient<
  T extends core.TwinShape = core.UntypedTwin,
> extends core.IoTHubModuleClient<T> {
  protected static override readonly platform: Platform = noPlatform;
}

/** Throws `unsupported_feature` when a client is created. */
export class ProvisioningDeviceClient extends core.ProvisioningDeviceClient {
  protected static override readonly platform: Platform = noPlatform;
}
