import type { ClientOptions, Feature, IoTHubDeviceClient } from "@isohub/core";
import type { HubControl } from "./hub-control.ts";

/** What a suite runs against. Per-runtime files only build these; the suites know no runtime. */
export interface Fixtures {
  /** `node`, `chromium`, `deno`. */
  readonly runtime: string;
  readonly features: ReadonlySet<Feature>;
  readonly clients: { readonly IoTHubDeviceClient: typeof IoTHubDeviceClient };
  /** `tls` or `websockets`. */
  readonly transport: "tls" | "websockets";
  readonly hub: HubControl;
  /** What a client needs to reach the hub over this transport. */
  readonly connectOptions: ClientOptions;
}
