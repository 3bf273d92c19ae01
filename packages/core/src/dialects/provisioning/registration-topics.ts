import { encodePercent } from "../../util/percent.ts";
import { retryAfterMs } from "../../util/retry-after.ts";

/** The one filter of the provisioning service. */
export const registrationFilter = "$dps/registrations/res/#";

export function registerTopic(requestId: string): string {
  return `$dps/registrations/PUT/iotdps-register/?$rid=${requestId}`;
}

export function pollTopic(requestId: string, operationId: string): string {
  return `$dps/registrations/GET/iotdps-get-operationstatus/?$rid=${requestId}&operationId=${encodePercent(operationId)}`;
}

/** An answer's topic, read. */
export interface RegistrationTopic {
  readonly status: number;
  readonly requestId: string;
  readonly retryAfterMs: number | undefined;
}

/** Reads `$dps/registrations/res/{status}/?$rid={id}&retry-after={s}`. */
export function readRegistrationTopic(topic: string): RegistrationTopic | undefined {
  const match = /^\$dps\/registrations\/res\/(\d{3})\/\?(.*)$/.exec(topic);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const values = new URLSearchParams(match[2]);
  const requestId = values.get("$rid");
  if (requestId === null) return undefined;
  return {
    status: Number(match[1]),
    requestId,
    retryAfterMs: retryAfterMs(values.get("retry-after")),
  };
}
