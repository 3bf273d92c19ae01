import type { RefusalExplanation } from "@isohub/core/runtime";

/** A difference between clocks that doesn't matter to tokens, in milliseconds. */
const toleranceMs = 60_000;

/**
 * Explains a refusal.
 *
 * @param code - of CONNACK
 * @param tokenExpiry - in seconds since 1970; undefined without a token
 * @param aheadMs - the difference between the clock of the server and this machine's, if that is known
 * @param now - of this machine's clock
 */
export function explainRefusal(
  code: number,
  tokenExpiry: number | undefined,
  aheadMs: number | undefined,
  now: number,
): RefusalExplanation {
  if (code === 2)
    return {
      summary: "it doesn't accept the client id",
      remediation: "Check DeviceId and ModuleId: up to 128 letters, digits and some punctuation marks each",
    };
  if (code === 4)
    return {
      summary: "it can't read the user name or the token",
      remediation: "Check that HostName is that of an IoT hub, and that the token is a SAS token",
    };
  const expiry = (tokenExpiry ?? Number.POSITIVE_INFINITY) * 1000;
  const hasEnded = expiry <= now + (aheadMs ?? 0);
  const evidence = [
    tokenExpiry === undefined
      ? ""
      : `its token ${hasEnded ? "ended at" : "is valid until"} ${new Date(expiry).toISOString()}`,
    aheadMs === undefined ? "" : `this machine's clock ${comparison(aheadMs)}`,
  ].filter((each) => each !== "");
  return {
    summary: ["not authorized", ...(evidence.length > 0 ? [evidence.join(", and ")] : [])].join(": "),
    remediation: !hasEnded
      ? remediationOf(tokenExpiry, aheadMs)
      : expiry > now
        ? "Correct this machine's clock, for example with NTP"
        : "Supply a token that is still valid",
  };
}

function remediationOf(tokenExpiry: number | undefined, aheadMs: number | undefined): string | undefined {
  // Without the clock of the hub, everything has to be checked.
  if (aheadMs === undefined || tokenExpiry === undefined) return undefined;
  return "Check that the device exists in this hub and is enabled, and that its key or token is correct. The hub doesn't report which";
}

function comparison(aheadMs: number): string {
  const minutes = Math.round(Math.abs(aheadMs) / 60_000);
  if (Math.abs(aheadMs) < toleranceMs) return "agrees with the hub's";
  const difference = minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
  return `is ${difference} ${aheadMs > 0 ? "behind" : "ahead of"} the hub's`;
}
