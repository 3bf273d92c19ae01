import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vector } from "../../testing/vectors.ts";
import type { Identity } from "../identities/identity.ts";
import { eventsBag, parseFilter, parseInboundTopic } from "./topics.ts";

const kindsOf = (filter: string, identity: Identity): readonly string[] | undefined =>
  parseFilter(filter, identity)?.kinds;

const device = { deviceId: "device1" };
const module = { deviceId: "device1", moduleId: "mod1" };

describe("filters", () => {
  it("include the documented ones", () => {
    const { filters } = vector("subs-01").expected as { filters: Record<string, string> };
    const { c2d = "", input = "", methods = "", twinres = "", twinpatch = "" } = filters;
    expect([c2d, methods, twinres, twinpatch].map((filter) => kindsOf(filter, device))).toEqual([
      ["c2d"],
      ["methods"],
      ["twinResponses"],
      ["desired"],
    ]);
    expect(kindsOf(input, module)).toEqual(["inputs"]);
    // Inputs are for modules, cloud-to-device messages for devices.
    expect(kindsOf(input, device)).toBeUndefined();
    expect(kindsOf(c2d, module)).toBeUndefined();
  });

  it.each([
    ["$iothub/twin/#", ["twinResponses", "desired"]],
    ["$iothub/twin/+/+/+/+", ["desired"]],
    ["$iothub/twin/res/200/#", ["twinResponses"]],
    ["$iothub/twin/res/+/+", ["twinResponses"]],
    ["$iothub/methods/#", ["methods"]],
    ["$iothub/methods/POST/reboot/#", ["methods"]],
    ["devices/device1/messages/#", ["c2d"]],
    ["devices/device1/messages/devicebound/+", ["c2d"]],
  ])("include '%s', which matches only topics of the device: %j", (filter, kinds) => {
    expect(kindsOf(filter, device)).toEqual(kinds);
  });

  it.each(["devices/device1/modules/mod1/#", "devices/device1/modules/mod1/inputs/in/+"])(
    "of a module include '%s'",
    (filter) => {
      expect(kindsOf(filter, module)).toEqual(["inputs"]);
    },
  );

  it("match the topics of a subscription, and no others", () => {
    const filter = parseFilter("$iothub/twin/res/200/#", device);
    expect(filter?.matches("twinResponses", "$iothub/twin/res/200/?$rid=1")).toBe(true);
    expect(filter?.matches("twinResponses", "$iothub/twin/res/404/?$rid=1")).toBe(false);
    expect(filter?.matches("desired", "$iothub/twin/PATCH/properties/desired/?$version=2")).toBe(false);
    const all = parseFilter("$iothub/twin/#", device);
    expect(all?.matches("desired", "$iothub/twin/PATCH/properties/desired/?$version=2")).toBe(true);
    const odd = { deviceId: "a+b#" };
    expect(parseFilter("devices/a+b#/messages/devicebound/#", odd)?.kinds).toEqual(["c2d"]);
    expect(parseFilter("devices/axb/messages/devicebound/#", odd)).toBeUndefined();
  });

  it.each([
    "#",
    "+",
    "devices/device1/#",
    "devices/device1/messages/devicebound",
    "devices/device2/messages/devicebound/#",
    "devices/+/messages/devicebound/#",
    "devices/device1/modules/mod1/#",
    "+/device1/messages/devicebound/#",
    "devices/device1/messages/devicebound/a#",
    "devices/device1/messages/#/devicebound",
    "$iothub/+/res/#",
    "$iothub/twin/GET/#",
    "$iothub/methods/res/#",
    "devices/device1/messages/events/#",
    "$iothub/#",
    "$iothub/methods/POST/+",
    "$SYS/#",
    "",
  ])("don't include '%s'", (filter) => {
    expect(kindsOf(filter, device)).toBeUndefined();
  });
});

describe("inbound topics", () => {
  it.each([
    ["devices/device1/messages/events/", ""],
    ["devices/device1/messages/events", ""],
    ["devices/device1/messages/events/a=b&c", "a=b&c"],
    ["devices/device1/messages/events/?a=b", "a=b"],
    ["devices/device1/messages/events/a=b/", "a=b"],
    // Only one slash is removed.
    ["devices/device1/messages/events/a=b//", "a=b/"],
  ])("include '%s' as telemetry", (topic, bag) => {
    expect(parseInboundTopic(topic, device)).toEqual({ kind: "telemetry", bag });
  });

  it("include the outputs of modules, with and without the slash of the Node SDK", () => {
    for (const id of ["tele-07", "tele-08"]) {
      const { topic } = vector(id).expected as { topic: string };
      expect(parseInboundTopic(topic, module)).toEqual({
        kind: "telemetry",
        bag: "%24.on=out%2Fput%201&p=v",
      });
    }
  });

  it.each([
    "devices/device2/messages/events/",
    "devices/device1/modules/mod1/messages/events/",
    "devices/device1/messages/eventsX/",
    "devices/device1/messages/devicebound/",
    "devices/device1",
    "$iothub/twin/PATCH/properties/desired/?$rid=1",
    "$iothub/twin/GETX/?$rid=1",
    "$iothub/twin",
    "$iothub/methods/POST/x/?$rid=1",
    "$iothub/methods/res/ok/?$rid=1",
    "$iothub/methods/res/?$rid=1",
    "$iothub/methods/res/200/1",
    "$dps/registrations/PUT/iotdps-register/?$rid=1",
    "foo",
    "",
  ])("don't include '%s'", (topic) => {
    expect(parseInboundTopic(topic, device)).toBeUndefined();
  });

  it("include twin requests, with the request id as it was received", () => {
    const { get, patch } = vector("twin-01").expected as { get: { topic: string }; patch: { topic: string } };
    const rid = "3f2b8c9e-8a77-4c67-9f0e-0d0f4c9d2a11";
    expect(parseInboundTopic(get.topic, device)).toEqual({ kind: "twinGet", rid });
    expect(parseInboundTopic(patch.topic, device)).toEqual({
      kind: "reportedPatch",
      rid,
      version: undefined,
    });
    expect(parseInboundTopic("$iothub/twin/GET/?$rid=a%20b=c", device)).toEqual({
      kind: "twinGet",
      rid: "a%20b=c",
    });
    expect(parseInboundTopic("$iothub/twin/GET/", device)).toEqual({ kind: "twinGet", rid: undefined });
    expect(parseInboundTopic("$iothub/twin/PATCH/properties/reported/?$rid=1&$version=7", device)).toEqual({
      kind: "reportedPatch",
      rid: "1",
      version: "7",
    });
  });

  it("include method responses with any integer status", () => {
    const { responseTopic } = vector("method-01").expected as { responseTopic: string };
    expect(parseInboundTopic(responseTopic, device)).toEqual({
      kind: "methodResponse",
      status: 200,
      rid: "1a",
    });
    expect(parseInboundTopic("$iothub/methods/res/-1/?$rid=2", device)).toMatchObject({ status: -1 });
  });

  it("never include another device's topic", () => {
    const others = fc.string().filter((id) => id !== "device1" && !id.includes("/"));
    fc.assert(
      fc.property(others, (other) => {
        expect(eventsBag(`devices/${other}/messages/events/`, device)).toBeUndefined();
      }),
    );
  });
});
