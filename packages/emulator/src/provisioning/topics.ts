import { parseTopicFilter, type TopicFilter, type TopicSpace } from "../hub/sessions/topic-filter.ts";

const answers: readonly TopicSpace<"answers">[] = [
  { root: "$dps/registrations", kinds: [["answers", ["res", "+", "+"]]] },
];

/** Parses a filter that matches only answers to registrations. Returns `undefined` for any other. */
export function parseRegistrationFilter(filter: string): TopicFilter<"answers"> | undefined {
  return parseTopicFilter(filter, answers);
}

/** The meaning of a registering device's PUBLISH. */
export type RegistrationTopic =
  | { readonly kind: "register"; readonly rid: string }
  | { readonly kind: "poll"; readonly rid: string; readonly operationId: string };

/** Parses the topic of a PUBLISH; returns `undefined` for an unknown one. */
export function parseRegistrationTopic(topic: string): RegistrationTopic | undefined {
  const match =
    /^\$dps\/registrations\/(PUT\/iotdps-register|GET\/iotdps-get-operationstatus)\/?\?(.*)$/.exec(topic);
  const [, verb, query = ""] = match ?? [];
  // Not through URLSearchParams: a request id is returned exactly as it was received.
  const rid = /(?:^|&)\$rid=([^&]*)/.exec(query)?.[1];
  if (verb === undefined || rid === undefined) return undefined;
  if (verb.startsWith("PUT")) return { kind: "register", rid };
  return { kind: "poll", rid, operationId: new URLSearchParams(query).get("operationId") ?? "" };
}

/** Returns the topic of a response. `$rid` is first, where clients look for it. */
export function responseTopic(status: number, rid: string, retryAfterSeconds: number | undefined): string {
  const retryAfter = retryAfterSeconds === undefined ? "" : `&retry-after=${retryAfterSeconds}`;
  return `$dps/registrations/res/${status}/?$rid=${rid}${retryAfter}`;
}
