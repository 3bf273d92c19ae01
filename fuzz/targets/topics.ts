import fc from "fast-check";
import { expect } from "vitest";
import { numberIn } from "../../packages/core/src/dialects/iothub/inbound-topics.ts";
import { iotHubDialect } from "../../packages/core/src/dialects/iothub/iothub-dialect.ts";
import { iotHubReceiving } from "../../packages/core/src/dialects/iothub/iothub-receiving.ts";
import { encodePropertyBag } from "../../packages/core/src/messages/property-bag.ts";
import { MethodResponse } from "../../packages/core/src/methods/method.ts";
import { topicOf } from "../../packages/core/src/mqtt/publish-packet.ts";
import { encodePercent } from "../../packages/core/src/util/percent.ts";
import { fromUtf8 } from "../../packages/core/src/util/text.ts";
import { parseInboundTopic } from "../../packages/emulator/src/hub/sessions/topics.ts";
import { editedText } from "../edits.ts";
import { type Identity, identity } from "../identities.ts";
import { defineTarget, type Target } from "../target.ts";

const requestId = fc.stringMatching(/^[\w.-]{1,40}$/);
const bag = fc
  .array(fc.tuple(fc.string({ unit: "binary", minLength: 1, maxLength: 9 }), fc.string({ unit: "binary" })), {
    maxLength: 3,
  })
  .map(encodePropertyBag);
const root = ({ deviceId, moduleId }: Identity): string =>
  `devices/${deviceId}${moduleId === undefined ? "" : `/modules/${moduleId}`}`;

const input = identity.chain((owner) =>
  fc.record({
    owner: fc.constant(owner),
    topic: editedText(
      fc
        .tuple(requestId, fc.string({ unit: "binary", minLength: 1 }), bag, fc.nat(999), fc.nat())
        .chain(([rid, name, properties, status, number]) =>
          fc.constantFrom(
            `${root(owner)}/messages/devicebound/${properties}`,
            `${root(owner)}/inputs/${encodePercent(name)}/${properties}`,
            `$iothub/methods/POST/${encodePercent(name)}/?$rid=${rid}`,
            `$iothub/twin/res/${status}/?$rid=${rid}&$version=${number}&retry-after=${number}`,
            `$iothub/twin/PATCH/properties/desired/?$version=${number}`,
          ),
        ),
    ),
    rid: requestId,
    status: fc.integer({ min: -999_999_999, max: 999_999_999 }),
    properties: bag,
  }),
);

/** The topics that a device receives; and those that it sends, which the emulator reads. */
export const topics: Target = defineTarget("topics", input, ({ owner, topic, rid, status, properties }) => {
  const read = iotHubReceiving.readInbound(
    { topic, payload: new Uint8Array(), qos: 0, dup: false, packetId: undefined },
    owner,
  );
  if (read !== undefined) {
    const { filter } = iotHubDialect.topicFilter(read.subscription, owner);
    expect(topic.startsWith(filter.slice(0, -1))).toBe(true);
    expect(topic).toContain(read.bag);
    const version = numberIn(read.bag, "$version=");
    expect(version === undefined || Number.isSafeInteger(version)).toBe(true);
    if (read.subscription === "twinResponses") expect(Number(read.name)).toBeGreaterThan(0);
  }

  const { deviceId, moduleId } = owner;
  const sender = moduleId === undefined ? { deviceId } : { deviceId, moduleId };
  const get = iotHubReceiving.encodeTwinRequest(rid, undefined).topic;
  expect(parseInboundTopic(get, sender)).toEqual({ kind: "twinGet", rid });
  const patch = iotHubReceiving.encodeTwinRequest(rid, "{}").topic;
  expect(parseInboundTopic(patch, sender)).toEqual({ kind: "reportedPatch", rid, version: undefined });
  const response = fromUtf8(topicOf(iotHubDialect.encodeResponse(new MethodResponse(rid, status))));
  expect(parseInboundTopic(response, sender)).toEqual({ kind: "methodResponse", status, rid });
  const telemetry = iotHubDialect.prefix(owner) + properties;
  expect(parseInboundTopic(telemetry, sender)).toEqual({ kind: "telemetry", bag: properties });
});
