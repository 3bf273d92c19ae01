import fc from "fast-check";
import { expect } from "vitest";
import { pollRequest } from "../../packages/core/src/dialects/provisioning/provisioning-dialect.ts";
import {
  readResponse,
  refusalOf,
} from "../../packages/core/src/dialects/provisioning/registration-response.ts";
import { encodePublish } from "../../packages/core/src/mqtt/publish-packet.ts";
import {
  initialRegistrationRunState,
  type RegistrationRunEffect,
  type RegistrationRunEvent,
  reduceRegistrationRun,
} from "../../packages/core/src/provisioning/registration-run-state.ts";
import { parseRegistrationTopic } from "../../packages/emulator/src/provisioning/topics.ts";
import { attempt } from "../coded.ts";
import { editedJson } from "../edited-json.ts";
import { editedText } from "../edits.ts";
import { defineTarget, type Target } from "../target.ts";

const state = {
  registrationId: "r",
  createdDateTimeUtc: "2025-01-01T00:00:00.000Z",
  assignedHub: "hub.example",
  deviceId: "d",
  status: "assigned",
  substatus: "initialAssignment",
  lastUpdatedDateTimeUtc: "2025-01-02T00:00:00.000Z",
  etag: "e",
  payload: { a: [1] },
  issuedCertificateChain: ["AA==", "BB=="],
};
const body = fc.constantFrom<unknown>(
  { operationId: "5.71cfe7a6b03f4ab4.f4e5a0fc-1a2b", status: "assigning" },
  { operationId: "5.71cfe7a6b03f4ab4.f4e5a0fc-1a2b", status: "assigned", registrationState: state },
  {
    operationId: "5.71",
    status: "failed",
    registrationState: {
      ...state,
      status: "failed",
      errorCode: 400207,
      errorMessage: "Custom allocation failed",
    },
  },
  { errorCode: 429001, trackingId: "abc", message: "Throttled", timestampUtc: "2025-01-01T00:00:00Z" },
);
const topic = fc.constantFrom(
  "$dps/registrations/res/202/?$rid=r1&retry-after=3",
  "$dps/registrations/res/200/?$rid=r1",
  "$dps/registrations/res/429/?$rid=r1&retry-after=7",
  "$dps/registrations/res/401/?$rid=r1",
);
// Most topics are valid, so that payloads are read.
const someTopic = fc.oneof({ weight: 3, arbitrary: topic }, { weight: 1, arbitrary: editedText(topic) });
const input = fc.array(fc.record({ topic: someTopic, payload: editedJson(body) }), {
  minLength: 1,
  maxLength: 3,
});

/** Answers of the provisioning service, up to the next request or the result. */
export const registrations: Target = defineTarget("registrations", input, (answers) => {
  let run = initialRegistrationRunState;
  const handle = (event: RegistrationRunEvent): void => {
    const { state: next, effects } = reduceRegistrationRun(run, event, 0, { random: () => 0.5 });
    run = next;
    effects.forEach(carryOut);
  };
  handle({ type: "start" });
  handle({ type: "connected" });
  for (const { topic: name, payload } of answers) {
    const read = readResponse({ topic: name, payload, qos: 0, dup: false, packetId: undefined });
    if (read === undefined) continue;
    const { retryAfterMs } = read.response;
    if (retryAfterMs !== undefined) expect(retryAfterMs >= 0 && retryAfterMs <= 3_600_000).toBe(true);
    attempt(() => {
      throw refusalOf(read.response);
    });
    handle({ type: "response", response: read.response });
    handle({ type: "waited" });
  }
});

// In the client, these run in a timer, where an exception would end the process.
function carryOut(effect: RegistrationRunEffect): void {
  if (effect.type === "refuse") expect(refusalOf(effect.response).code).toBeTypeOf("string");
  if (effect.type === "wait") expect(effect.ms).toBeGreaterThan(0);
  if (effect.type !== "poll") return;
  const request = pollRequest("r1", effect.operationId);
  encodePublish(request);
  expect(parseRegistrationTopic(request.topic)).toEqual({
    kind: "poll",
    rid: "r1",
    operationId: effect.operationId,
  });
}
