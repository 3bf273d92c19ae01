import { leanEngine } from "@isohub/core/lean";
import type { Platform, Runtime } from "@isohub/core/runtime";
import { fetchOverWeb } from "@isohub/core/web";
import { pageRuntime } from "./page-runtime.ts";

const browserRuntime: Runtime = {
  ...pageRuntime,
  fetch: (request, signal) =>
    fetchOverWeb(request, signal, {
      remediation:
        "The hub's HTTPS API does not answer pages of other origins (CORS): go through a server of your own, or a local hub",
    }),
};

/** The browser, with the lean engine for MQTT unless a client is told otherwise. */
export const browserPlatform: Platform = { runtime: browserRuntime, engine: leanEngine };
