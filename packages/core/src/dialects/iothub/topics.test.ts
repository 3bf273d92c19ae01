import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Identity, nameOf, resourceOf } from "../../auth/identity.ts";
import type { Inbound } from "../../connection/dialect.ts";
import { encodePropertyBag } from "../../messages/property-bag.ts";
import { encodePercent } from "../../util/percent.ts";
import { numberIn, readInbound } from "./inbound-topics.ts";
import { methodResponseTopic, telemetryTopic, topicFilter } from "./topics.ts";
import { twinGetTopic, twinReportedTopic } from "./twin-requests.ts";

// The characters of ids, without the two that no topic can carry.
const id = fc.string({ unit: fc.constantFrom(..."aZ09-:.%_*?!(),=@$'"), minLength: 1, maxLength: 40 });
const identity: fc.Arbitrary<Identity> = fc.record({
  hostName: fc.constant("hub.example"),
  deviceId: id,
  moduleId: fc.option(id, { nil: undefined }),
});
const readTopic = (topic: string, who: Identity): Inbound | undefined => readInbound({ topic }, who);
const device: Identity = { hostName: "hub.example", deviceId: "d1", moduleId: undefined };
const module: Identity = { ...device, moduleId: "m1" };

describe("topics of an identity", () => {
  it("have its ids in them as they are, never encoded", () => {
    fc.assert(
      fc.property(identity, (who) => {
        const path =
          who.moduleId === undefined
            ? `devices/${who.deviceId}`
            : `devices/${who.deviceId}/modules/${who.moduleId}`;
        expect(nameOf(who)).toBe(
          who.moduleId === undefined ? who.deviceId : `${who.deviceId}/${who.moduleId}`,
        );
        expect(telemetryTopic(who)).toBe(`${path}/messages/events/`);
        expect(topicFilter("c2d", who).filter).toBe(`${path}/messages/devicebound/#`);
        expect(resourceOf(who)).toBe(`hub.example/${path}`);
      }),
    );
  });
});

describe("readInbound", () => {
  it("reads the messages of an identity, and of no other", () => {
    fc.assert(
      fc.property(identity, identity, fc.string({ unit: "binary" }), (who, other, value) => {
        fc.pre(nameOf(who) !== nameOf(other));
        const bag = encodePropertyBag([["key", value]]);
        const topic = topicFilter("c2d", who).filter.replace("#", () => bag);
        expect(readTopic(topic, who)).toEqual({ subscription: "c2d", name: "", requestId: "", bag });
        expect(readTopic(topic, other)).toBeUndefined();
      }),
    );
  });

  it("reads inputs of a module, with their name decoded", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (input) => {
        const topic = `devices/d1/modules/m1/inputs/${encodePercent(input)}/a=b`;
        expect(readTopic(topic, module)).toEqual({
          subscription: "inputs",
          name: input,
          requestId: "",
          bag: "a=b",
        });
      }),
    );
    expect(readTopic("devices/d1/modules/m1/inputs/in", module)).toEqual({
      subscription: "inputs",
      name: "in",
      requestId: "",
      bag: "",
    });
  });

  it("reads method calls: name decoded, request id as it is", () => {
    expect(readTopic("$iothub/methods/POST/get%20Status/?$rid=1a", device)).toEqual({
      subscription: "methods",
      name: "get Status",
      requestId: "1a",
      bag: "?$rid=1a",
    });
    expect(readTopic("$iothub/methods/POST/m/?$rid=a%20b&x=y", device)).toMatchObject({ requestId: "a%20b" });
  });

  it("reads twin answers: status, request id, version and retry-after, whatever their order", () => {
    const bag = "?retry-after=3&$version=7&$rid=5";
    expect(readTopic(`$iothub/twin/res/429/${bag}`, device)).toEqual({
      subscription: "twinResponses",
      name: "429",
      requestId: "5",
      bag,
    });
    expect(numberIn(bag, "retry-after=")).toBe(3);
    expect(numberIn(bag, "$version=")).toBe(7);
    expect(numberIn(bag, "version=")).toBeUndefined();
  });

  it("reads desired patches, with and without a version that is a number", () => {
    const prefix = "$iothub/twin/PATCH/properties/desired/";
    for (const [bag, version] of [
      ["?$version=12", 12],
      ["?$version=1&$version=2", 2],
      ["?$version=x", undefined],
      ["?$version=", undefined],
      ["?$version", undefined],
      ["", undefined],
    ] as const) {
      const read = readTopic(prefix + bag, device);
      expect(read).toEqual({ subscription: "twinPatches", name: "", requestId: "", bag });
      expect(numberIn(bag, "$version=")).toBe(version);
    }
  });

  it("reads nothing that it was not subscribed to, and nothing that lacks what it needs", () => {
    for (const topic of [
      "",
      "devices/d1",
      "devices/d1/messages/events/",
      "devices/d1/messages/devicebound",
      "messages/devicebound/",
      "devices/d2/messages/devicebound/",
      "devices/d1/modules/m1/inputs/i/",
      "$iothub/methods/POST/",
      "$iothub/methods/POST/m/",
      "$iothub/methods/POST//?$rid=1",
      "$iothub/twin/res/200/",
      "$iothub/twin/res//?$rid=1",
      "$iothub/twin/res/abc/?$rid=1",
      "$iothub/other",
    ]) {
      expect(readTopic(topic, device)).toBeUndefined();
    }
  });

  it("never throws", () => {
    const part = fc.constantFrom(
      "$iothub/",
      "methods/POST/",
      "twin/res/",
      "devices/d1/",
      "?",
      "$rid=",
      "&",
      "/",
      "%",
      "1",
      "a",
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        readTopic(parts.join(""), device);
      }),
    );
  });
});

describe("topics of requests", () => {
  it("carry the request id first, as the hub wants it", () => {
    expect(twinGetTopic("a1")).toBe("$iothub/twin/GET/?$rid=a1");
    expect(twinReportedTopic("a1")).toBe("$iothub/twin/PATCH/properties/reported/?$rid=a1");
    expect(methodResponseTopic("a1", -5)).toBe("$iothub/methods/res/-5/?$rid=a1");
  });
});
