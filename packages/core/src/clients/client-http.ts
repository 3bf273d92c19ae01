import type { HubTarget } from "../connection/attempt/hub-locator.ts";
import { type IsoHubError, NoConnectionError, ProtocolError } from "../errors.ts";
import { HubHttp } from "../upload/hub-http.ts";
import { checkOptions, type OperationOptions } from "../util/deadline.ts";
import { isJsonObject } from "../util/json.ts";
import { pathSegment } from "../util/url-path.ts";
import type { ClientCore } from "./client-core.ts";

/** Creates an HTTPS client for the hub of a client. */
export function httpOf(core: ClientCore): HubHttp {
  return new HubHttp({
    runtime: core.setup.platform.runtime,
    userAgent: core.userAgent,
    target: (operation, signal) => targetOf(core, operation, signal),
  });
}

/**
 * Runs an operation over HTTPS whose signal is also aborted when the client is shut down, which waits for its end.
 *
 * @param run - gets the options with that signal
 * @throws {ArgumentError} `invalid_argument` for options that are no object
 */
export async function untilShutdown<TOptions extends OperationOptions, R>(
  core: ClientCore,
  options: TOptions,
  run: (options: TOptions & { readonly signal: AbortSignal }) => Promise<R>,
): Promise<R> {
  core.ensureOpen();
  checkOptions(options);
  const { signal } = options;
  signal?.throwIfAborted();
  const abort = new AbortController();
  const onAbort = (): void => abort.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  const work = run({ ...options, signal: abort.signal });
  const end = async (reason: IsoHubError): Promise<void> => {
    abort.abort(reason);
    await work.catch(() => {});
  };
  core.endHooks = [...core.endHooks, end];
  try {
    return await work;
  } finally {
    core.endHooks = core.endHooks.filter((one) => one !== end);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Returns the path of a device or module. @throws {ArgumentError} `invalid_argument` for an id that URLs can't contain */
export function twinPath(deviceId: string, moduleId: string | undefined): string {
  const device = `/twins/${pathSegment("The device id", deviceId)}`;
  return moduleId === undefined ? device : `${device}/modules/${pathSegment("The module id", moduleId)}`;
}

/** @throws {ProtocolError} `protocol_error` for a response that isn't the result of a method */
export function readInvokeResult(response: unknown): { readonly status: number; readonly payload: unknown } {
  const { status, payload = null } = isJsonObject(response) ? response : {};
  if (typeof status === "number") return { status, payload };
  throw new ProtocolError(
    "protocol_error",
    "The gateway's response to a method call must have a number 'status'",
  );
}

/** Returns the hub. A client that finds its hub through the provisioning service connects first. */
async function targetOf(core: ClientCore, operation: string, signal: AbortSignal): Promise<HubTarget> {
  const { locator } = core.setup;
  if (locator.target === undefined) await core.connection.link(operation, signal);
  const { target } = locator;
  if (target === undefined)
    throw new NoConnectionError(`${operation} needs a hub, but the client isn't assigned to one`);
  return target;
}
