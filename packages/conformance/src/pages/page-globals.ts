import type { IoTHubDeviceClient } from "@isohub/browser";

/** The client of a test in a page, kept there between the calls that the test makes. */
export interface PageTest {
  client: IoTHubDeviceClient;
  /** The codes of the errors that the client has reported to `onBackgroundException`. */
  background: string[];
}

declare global {
  /** The script-tag bundle of `@isohub/browser`. */
  var isohub: typeof import("@isohub/browser");
  var pageTest: PageTest;
  /** A function of the test, exposed to the page. */
  var accessToken: () => Promise<string>;
}
