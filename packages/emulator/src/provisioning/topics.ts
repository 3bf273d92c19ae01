/** The one filter a device that registers listens to. */
export const registrationFilter = "$dps/registrations/res/#";

/** What a publish of a device that registers means. */
export type RegistrationTopic =
  | { readonly kind: "register"; readonly rid: string }
  | { readonly kind: "poll"; readonly rid: string; readonly operationId: string };

/** Reads the topic of a publish; `undefined` for one the service does not know. */
export function parseRegistrationTopic(topic: string): RegistrationTopic | undefined {
  const match =
    /^\$dps\/registrations\/(PUT\/iotdps-register|GET\/iotdps-get-operationstatus)\/?\?(.*)$/.exec(topic);
  const [, verb, query = ""] = match ?? [];
  // Not through URLSearchParams: a request id goes back exactly as it came.
  const rid = /(?:^|&)\$rid=([^&]*)/.exec(query)?.[1];
  if (verb === undefined || rid === undefined) return undefined;
  if (verb.startsWith("PUT")) return { kind: "register", rid };
  return { kind: "poll", rid, operationId: new URLSearchParams(query).get("operationId") ?? "" };
}

/** The topic of an answer. `$rid` stands first: a client may look for it there. */
export function answerTopic(status: number, rid: string, retryAfterSeconds: number | undefined): string {
  const retryAfter = retryAfterSeconds === undefined ? "" : `&retry-after=${retryAfterSeconds}`;
  return `$dps/registrations/res/${status}/?$rid=${rid}${retryAfter}`;
}
