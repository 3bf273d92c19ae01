import fc from "fast-check";
import { expect } from "vitest";
import type { Inbound } from "../../packages/core/src/connection/dialect.ts";
import { iotHubReceiving } from "../../packages/core/src/dialects/iothub/iothub-receiving.ts";
import { applyPatch, diffDocuments } from "../../packages/core/src/twin/twin-patch.ts";
import { isJsonObject, type JsonObject } from "../../packages/core/src/util/json.ts";
import { attempt } from "../coded.ts";
import { editedJson } from "../edited-json.ts";
import { editedText } from "../edits.ts";
import { defineTarget, type Target } from "../target.ts";

const key = fc.oneof(
  fc.constantFrom("a", "b", "$version", "__proto__", "constructor", "toString", "length"),
  fc.string({ unit: "binary", minLength: 1, maxLength: 5 }),
);
const { section } = fc.letrec<{ section: JsonObject; value: unknown }>((tie) => ({
  section: fc
    .array(fc.tuple(key, tie("value")), { maxLength: 4 })
    .map((entries) =>
      JSON.parse(`{${entries.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join()}}`),
    ),
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(fc.integer(), fc.string({ unit: "binary" }), fc.boolean()),
    fc.array(fc.oneof(fc.integer(), fc.string()), { maxLength: 3 }),
    tie("section"),
  ),
}));
const input = fc.record({
  twin: editedJson(fc.record({ desired: section, reported: section })),
  patch: editedJson(section),
  refusal: editedJson(
    fc.constant({
      errorCode: 429001,
      trackingId: "abc-G:0-TimeStamp",
      message: "Too many requests",
      info: {},
    }),
  ),
  bag: editedText(fc.constantFrom("?$rid=1&$version=6", "?$rid=1&retry-after=3", "?$version=12")),
  status: fc.constantFrom("200", "204", "299", "300", "400", "429", "500", "1e9", "Infinity"),
  before: section,
  after: section,
});

/** Answers about twins, patches of desired properties; and patches that turn one document into another. */
export const twins: Target = defineTarget("twins", input, (values) => {
  const inbound: Inbound = {
    subscription: "twinResponses",
    name: values.status,
    requestId: "1",
    bag: values.bag,
  };
  const twin = attempt(() => iotHubReceiving.readTwin({ inbound, payload: values.twin }));
  if ("value" in twin) {
    const { desired, reported } = twin.value;
    expect(isJsonObject(desired) && isJsonObject(reported)).toBe(true);
    const patch = attempt(() => iotHubReceiving.readPatch(inbound, values.patch));
    if ("value" in patch) applyPatch(desired, patch.value);
    diffDocuments(desired, reported);
  }
  attempt(() => iotHubReceiving.checkTwinResponse("getTwin()", { inbound, payload: values.refusal }));
  attempt(() => iotHubReceiving.readReported({ inbound, payload: values.refusal }));

  const { before, after } = values;
  const changes = diffDocuments(before, after);
  expect(applyPatch(before, changes ?? {})).toEqual(after);
  if (changes === undefined) expect(before).toEqual(after);
  expect(diffDocuments(after, after)).toBeUndefined();
});
