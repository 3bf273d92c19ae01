import { leanEngine } from "@isohub/core/lean";
import type { Platform, Runtime } from "@isohub/core/runtime";
import { fetchOverWeb, loadReceivers } from "@isohub/core/web";
import { pageRuntime } from "./page-runtime.ts";

const browserRuntime: Runtime = {
  ...pageRuntime,
  fetch: (request, signal) =>
    fetchOverWeb(request, signal, {
      remediation:
        "The hub's HTTPS API doesn't support CORS. Send the request through your own server, or use a local hub",
    }),
};

/** A page, with the lean engine as the default. */
export const browserPlatform: Platform = { runtime: browserRuntime, engine: leanEngine, loadReceivers };
