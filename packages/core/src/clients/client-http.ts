import type { HubTarget } from "../connection/hub-locator.ts";
import { NoConnectionError } from "../errors.ts";
import { HubHttp } from "../upload/hub-http.ts";
import { pathSegment } from "../util/url-path.ts";
import type { ClientCore } from "./client-core.ts";

/** Creates an HTTPS client for the hub of a client. */
export function httpOf(core: ClientCore): HubHttp {
  return new HubHttp({
    runtime: core.setup.platform.runtime,
    userAgent: core.userAgent,
    target: (what, signal) => targetOf(core, what, signal),
  });
}

/** Returns the path of a device or module. @throws {ArgumentError} `invalid_argument` for an id that URLs can't contain */
export function twinPath(deviceId: string, moduleId: string | undefined): string {
  const device = `/twins/${pathSegment("The device id", deviceId)}`;
  return moduleId === undefined ? device : `${device}/modules/${pathSegment("The module id", moduleId)}`;
}

/** Returns the hub. A client that finds its hub through the provisioning service connects first. */
async function targetOf(core: ClientCore, what: string, signal: AbortSignal): Promise<HubTarget> {
  const { locator } = core.setup;
  if (locator.target === undefined) await core.connection.link(what, signal);
  const { target } = locator;
  if (target === undefined)
    throw new NoConnectionError(`${what} needs a hub, but the client isn't assigned to one`);
  return target;
}
