import { Hono } from "hono";
import { HubError } from "../hub/hub-error.ts";
import type { ServiceEnv } from "./service-request.ts";

/** The parts of the service API that the emulator doesn't have: their paths and names. */
const unavailable: readonly (readonly [paths: readonly string[], name: string])[] = [
  [["/jobs", "/jobs/*"], "Import and export"],
];

/** Answers the requests of {@link unavailable} with status 501. */
export function unavailableRoutes(): Hono<ServiceEnv> {
  const app = new Hono<ServiceEnv>({ strict: false });
  for (const [paths, name] of unavailable) {
    for (const path of paths) {
      app.all(path, () => {
        throw new HubError("NotEmulated", `${name} aren't emulated.`);
      });
    }
  }
  return app;
}
