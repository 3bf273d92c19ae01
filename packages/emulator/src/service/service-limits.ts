import type { Hub } from "../hub/hub.ts";
import type { ServiceOperation } from "../hub/limits/tiers.ts";

interface Limit {
  readonly paths: RegExp;
  /** The operation that is counted, if there is a rate. */
  readonly operation?: ServiceOperation;
  /** Whether only standard tiers have the operation. */
  readonly isStandard?: boolean;
}

/** The limits of requests; the first whose path matches applies. */
const limits: readonly Limit[] = [
  { paths: /^\/devices\/query\/?$/i, operation: "query" },
  { paths: /^\/devices\/[^/]+\/commands\/?$/i, operation: "c2d", isStandard: true },
  {
    paths: /^\/devices\/[^/]+\/applyConfigurationContent\/?$/i,
    operation: "configurations",
    isStandard: true,
  },
  { paths: /^\/devices\/[^/]+\/modules/i, operation: "registry", isStandard: true },
  { paths: /^\/(devices|statistics)/i, operation: "registry" },
  { paths: /^\/configurations/i, operation: "configurations", isStandard: true },
  { paths: /^\/jobs\/v2/i, operation: "jobs", isStandard: true },
  { paths: /^\/jobs/i, operation: "jobs" },
  { paths: /^\/messages\/serviceBound\/feedback/i, isStandard: true },
];

/** The parts of a request that its limits follow from. */
interface ServiceRequest {
  readonly path: string;
  readonly method: string;
}

/** The paths of twins, whose errors have another form. */
export const ofTwins: RegExp = /^\/(twins|digitaltwins)\//i;

/**
 * Applies the limits of the hub's tier: the number of requests, and what a basic tier doesn't have. Direct methods and bytes
 * are counted where they are called.
 *
 * @throws {HubError} OperationNotAvailableInCurrentTier, ThrottlingException
 * @source IoT Hub documentation, "IoT Hub quotas and throttling" and "Choose the right IoT Hub tier for your solution"
 */
export function applyLimits({ throttles }: Hub, { path, method }: ServiceRequest): void {
  if (ofTwins.test(path)) {
    throttles.requireStandard();
    const isCall = method === "POST";
    if (!isCall) throttles.countTwin(method === "GET" ? "twinRead" : "twinUpdate");
    return;
  }
  const limit = limits.find((each) => each.paths.test(path));
  if (limit?.isStandard === true) throttles.requireStandard();
  if (limit?.operation !== undefined) throttles.countService(limit.operation);
}
