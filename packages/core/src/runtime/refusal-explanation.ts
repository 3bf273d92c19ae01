import type { RefusalExplanation } from "./runtime.ts";

/** A difference between clocks that doesn't matter to tokens, in milliseconds. */
const toleranceMs = 60_000;

/** Everything that is known about a refusal. */
export interface RefusalFacts {
  /** The return code of the CONNACK. */
  readonly code: number;
  /** In seconds since 1970; undefined without a token. */
  readonly tokenExpiry: number | undefined;
  /** The difference between the clock of the server and this machine's, if that is known. */
  readonly aheadMs: number | undefined;
  /** The time of this machine's clock. */
  readonly now: number;
  /** The host that the client connected to. */
  readonly host: string;
  /** The hub that the client named; undefined for the provisioning service. */
  readonly hub: string | undefined;
}

/** Explains a refusal. */
export function explainRefusal({
  code,
  tokenExpiry,
  aheadMs,
  now,
  host,
  hub = host,
}: RefusalFacts): RefusalExplanation {
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
    // Through a gateway, a wrong name of the hub is refused like a wrong key.
    hub === host ? "" : `the client asked for the hub '${hub}'`,
    tokenExpiry === undefined
      ? ""
      : `its token ${hasEnded ? "ended at" : "is valid until"} ${new Date(expiry).toISOString()}`,
    aheadMs === undefined ? "" : `this machine's clock ${comparison(aheadMs)}`,
  ].filter((each) => each !== "");
  return {
    summary: ["not authorized", ...(evidence.length > 0 ? [evidence.join(", and ")] : [])].join(": "),
    remediation: !hasEnded
      ? remediationOf(tokenExpiry, aheadMs, hub === host ? undefined : hub)
      : expiry > now
        ? "Correct this machine's clock, for example with NTP"
        : "Supply a token that is still valid",
  };
}

function remediationOf(
  tokenExpiry: number | undefined,
  aheadMs: number | undefined,
  hub: string | undefined,
): string | undefined {
  // Without the clock of the hub, everything has to be checked.
  if (aheadMs === undefined || tokenExpiry === undefined) return undefined;
  const where = hub === undefined ? "in this hub" : `in '${hub}', that this is the hub behind the gateway,`;
  return `Check that the device exists ${where} and is enabled, and that its key or token is correct. The hub doesn't report which`;
}

function comparison(aheadMs: number): string {
  const minutes = Math.round(Math.abs(aheadMs) / 60_000);
  if (Math.abs(aheadMs) < toleranceMs) return "agrees with the hub's";
  const difference = minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
  return `is ${difference} ${aheadMs > 0 ? "behind" : "ahead of"} the hub's`;
}
