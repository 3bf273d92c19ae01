import { exponentialBackoff, type RetryPolicy } from "../connection/retry-policy.ts";
import { ClientError } from "../errors.ts";

const backoff = /* @__PURE__ */ exponentialBackoff();

/** Replaces the delay of a policy that throws, or returns no number, by that of the default, and reports the failure. */
export function safeRetryPolicy(policy: RetryPolicy, report: (error: Error) => void): RetryPolicy {
  return (attempt, error) => {
    let cause: unknown;
    try {
      const ms = policy(attempt, error);
      if (!Number.isNaN(Number(ms))) return ms;
    } catch (thrown) {
      cause = thrown;
    }
    // Afterwards: a listener may disconnect.
    queueMicrotask(() =>
      report(new ClientError("handler_failed", "retryPolicy must return a number", { cause })),
    );
    return backoff(attempt, error);
  };
}
