import { describe, expect, it } from "vitest";
import { type TestHub, testHub } from "../../testing/hub.ts";
import type { Session } from "../sessions/session.ts";
import type { TwinFault } from "./twins.ts";

const res = "$iothub/twin/res/#";
const desired = "$iothub/twin/PATCH/properties/desired/#";
const get = "$iothub/twin/GET/?$rid=";
const report = "$iothub/twin/PATCH/properties/reported/?$rid=";

async function listening(
  hub: TestHub,
  ...filters: string[]
): Promise<{ session: Session; take(): unknown[] }> {
  const { session, connection } = await hub.device("d1");
  for (const filter of filters) hub.listen(session, filter);
  const take = (): unknown[] =>
    connection
      .take()
      .map(({ topic, text, qos }) => ({ topic, qos: qos ?? 0, body: text === "" ? "" : JSON.parse(text) }));
  return { session, take };
}

describe("twin requests", () => {
  it("are answered with the twin, at QoS 0, the request id first", async () => {
    const hub = testHub();
    const { session, take } = await listening(hub, res);
    hub.from(session, `${get}r-1`, " ");
    expect(take()).toEqual([
      {
        topic: "$iothub/twin/res/200/?$rid=r-1",
        qos: 0,
        body: { desired: { $version: 1 }, reported: { $version: 1 } },
      },
    ]);
    expect(hub.takeTypes()).toContain("twinRead");
  });

  it("write reported properties, and are answered with the new version and no body", async () => {
    const hub = testHub();
    const { session, take } = await listening(hub, res);
    hub.from(session, `${report}r%202`, { a: { b: 1 } });
    expect(take()).toEqual([{ topic: "$iothub/twin/res/204/?$rid=r%202&$version=2", qos: 0, body: "" }]);
    expect(hub.views.twin({ deviceId: "d1" }).properties.reported).toMatchObject({
      a: { b: 1 },
      $version: 2,
    });
    expect(hub.seen.at(-1)).toMatchObject({ type: "twinReported", version: 2, patch: { a: { b: 1 } } });
  });

  it("are carried out but not answered without a subscription to responses or without a request id", async () => {
    const hub = testHub();
    const { session, take } = await listening(hub, desired);
    expect(hub.from(session, `${get}1`, " ")).toBeUndefined();
    hub.from(session, `${report}2`, { a: 1 });
    hub.listen(session, res);
    hub.from(session, "$iothub/twin/GET/", " ");
    hub.from(session, "$iothub/twin/PATCH/properties/reported/", { b: 2 });
    expect(take()).toEqual([]);
    expect(hub.views.twin({ deviceId: "d1" }).properties.reported).toMatchObject({ a: 1, b: 2 });
  });

  it.each([
    ["invalid JSON", "{oops", 400, 400006],
    ["invalid UTF-8", Uint8Array.of(0xff), 400, 400006],
    ["an array", "[1]", 400, 400004],
    ["a broken rule", '{"a b":1}', 400, 400004],
  ])("are answered with an error body: %s", async (_case, payload, status, errorCode) => {
    const hub = testHub();
    const { session, take } = await listening(hub, res);
    hub.from(session, `${report}1`, payload);
    const body = {
      errorCode,
      trackingId: expect.stringMatching(/^[0-9a-f]{32}-G:\d+-TimeStamp:\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d$/),
      message: expect.any(String),
      info: {},
      timestampUtc: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/),
    };
    expect(take()).toEqual([{ topic: `$iothub/twin/res/${status}/?$rid=1`, qos: 0, body }]);
    expect(hub.takeTypes()).toContain("twinRefused");
    // An invalid request is answered; the connection stays open.
    expect(session.ended).toBe(false);
  });

  it("can be conditional on a version", async () => {
    const hub = testHub();
    const { session, take } = await listening(hub, res);
    hub.from(session, `${report}1&$version=1`, { a: 1 });
    hub.from(session, `${report}2&$version=1`, { a: 2 });
    hub.from(session, `${report}3&$version=x`, { a: 2 });
    expect(take().map((one) => (one as { topic: string }).topic)).toEqual([
      "$iothub/twin/res/204/?$rid=1&$version=2",
      "$iothub/twin/res/412/?$rid=2",
      "$iothub/twin/res/400/?$rid=3",
    ]);
  });

  it("fail as fault rules demand", async () => {
    let fault: TwinFault | undefined = { status: 429, retryAfterSeconds: 7 };
    const asked: string[] = [];
    const hub = testHub({
      twinInterceptor: (session, operation) => {
        asked.push(`${session.key} ${operation}`);
        return fault;
      },
    });
    const { session, take } = await listening(hub, res);
    hub.from(session, `${report}1`, { a: 1 });
    expect(take()).toEqual([
      {
        topic: "$iothub/twin/res/429/?$rid=1&retry-after=7",
        qos: 0,
        body: expect.objectContaining({ errorCode: 429001 }),
      },
    ]);
    fault = { status: 599 };
    hub.from(session, `${get}2`, " ");
    expect(take()).toMatchObject([{ topic: "$iothub/twin/res/599/?$rid=2", body: { errorCode: 599001 } }]);
    fault = "silence";
    hub.from(session, `${get}3`, " ");
    expect(take()).toEqual([]);
    expect(asked).toEqual(["d1 patch", "d1 get", "d1 get"]);
    expect(hub.views.twin({ deviceId: "d1" }).properties.reported).not.toHaveProperty("a");
  });
});

describe("desired properties", () => {
  it("reach a subscribed device, as the patch with its version in topic and body", async () => {
    const hub = testHub();
    const { take } = await listening(hub, desired);
    hub.twins.patchDesired({ deviceId: "d1" }, { a: { b: null }, c: [1] });
    expect(take()).toEqual([
      {
        topic: "$iothub/twin/PATCH/properties/desired/?$version=2",
        qos: 0,
        body: { a: { b: null }, c: [1], $version: 2 },
      },
    ]);
  });

  it("reach no device that isn't subscribed, and don't wait for a disconnected one", async () => {
    const hub = testHub();
    const first = await listening(hub, res);
    hub.twins.patchDesired({ deviceId: "d1" }, { a: 1 });
    expect(first.take()).toEqual([]);
    first.session.connection.end("kicked");
    hub.twins.patchDesired({ deviceId: "d1" }, { a: 2 });
    const second = await listening(hub, desired);
    expect(second.take()).toEqual([]);
    hub.twins.patchDesired({ deviceId: "d1" }, { a: 3 });
    expect(second.take()).toMatchObject([{ body: { a: 3, $version: 4 } }]);
  });

  it("emit an event even when the device is disconnected", () => {
    const hub = testHub();
    hub.twins.patchDesired({ deviceId: "d1" }, { a: 1 });
    expect(hub.seen).toMatchObject([{ type: "twinDesired", deviceId: "d1", version: 2 }]);
  });
});

describe("the service view", () => {
  it("shows tags, metadata, versions and the state of the device", async () => {
    const hub = testHub();
    hub.twins.patchTags({ deviceId: "d1" }, { room: { floor: 1 } });
    hub.twins.patchDesired({ deviceId: "d1" }, { a: 1 });
    expect(hub.views.twin({ deviceId: "d1" })).toMatchObject({
      deviceId: "d1",
      status: "enabled",
      connectionState: "Disconnected",
      authenticationType: "sas",
      version: 4,
      tags: { room: { floor: 1 } },
      properties: {
        desired: { a: 1, $version: 2, $metadata: { $lastUpdatedVersion: 2, a: { $lastUpdatedVersion: 2 } } },
        reported: { $version: 1, $metadata: { $lastUpdated: expect.any(String) } },
      },
      capabilities: { iotEdge: false },
    });
    await hub
      .attempt("d1", { userName: "localhost/d1/?api-version=2021-04-12&model-id=dtmi%3Ax%3By%3B1" })
      .then(({ outcome }) => {
        if ("session" in outcome) hub.operations.ready(outcome.session);
      });
    expect(hub.views.twin({ deviceId: "d1" })).toMatchObject({
      connectionState: "Connected",
      modelId: "dtmi:x;y;1",
    });
  });

  it("is refused for a device that does not exist", () => {
    expect(() => testHub().views.twin({ deviceId: "unknown" })).toThrow(
      expect.objectContaining({ name: "DeviceNotFound" }),
    );
  });
});
