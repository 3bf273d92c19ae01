import { describe, expect, it } from "vitest";
import { TestBench } from "../../testing/emulator.ts";
import type { HttpsAnswer } from "../../testing/https.ts";
import { type ServiceRequest, serviceRequest } from "../../testing/service.ts";

const bench = new TestBench();
const send = (request: string, options?: ServiceRequest): Promise<HttpsAnswer> =>
  serviceRequest(bench.hub, request, options);
const codeOf = ({ status, headers }: HttpsAnswer): unknown[] => [status, headers["iothub-errorcode"]];
const any = { headers: { "if-match": "*" } };

/** Returns the desired properties and configurations of a device or module. */
async function stateOf(key: string): Promise<unknown[]> {
  const { properties, configurations } = await bench.hub.getTwin(key);
  const { $metadata, $version, ...desired } = properties.desired;
  return [desired, configurations];
}

const [applied, targeted] = [{ status: "Applied" }, { status: "Targeted" }];

describe("a configuration", () => {
  it("is applied by priority to the twins that match, and leaves nothing behind", async () => {
    const [id, other] = [await bench.newDevice(), await bench.newDevice()];
    await bench.hub.patchDesired(id, { own: 1 });
    await bench.hub.patchTags(id, { kind: "prio" });
    const low = {
      content: { deviceContent: { "properties.desired.a.b": 1, "properties.desired.low": { x: 1, y: 2 } } },
      targetCondition: "tags.kind = 'prio'",
      priority: 1,
      metrics: {
        queries: { all: "SELECT deviceId FROM devices WHERE configurations.[[low]].status = 'Applied'" },
      },
    };
    const created = await send("PUT /configurations/low", { body: low });
    expect(created).toMatchObject({
      status: 200,
      json: {
        id: "low",
        schemaVersion: "1.0",
        ...low,
        systemMetrics: { results: { targetedCount: 1, appliedCount: 1 } },
        metrics: { results: { all: 1 } },
      },
    });
    expect(created.headers["etag"]).toBe(`"${created.json.etag}"`);
    expect(await stateOf(id)).toEqual([{ own: 1, a: { b: 1 }, low: { x: 1, y: 2 } }, { low: applied }]);
    expect(await stateOf(other)).toEqual([{}, undefined]);
    const high = { ...low, content: { deviceContent: { "properties.desired.low": { y: 3 } } }, priority: 2 };
    await send("PUT /configurations/high", { body: { ...high, metrics: undefined } });
    expect(await stateOf(id)).toEqual([
      { own: 1, a: {}, low: { y: 3 } },
      { low: targeted, high: applied },
    ]);
    // A twin that begins to match gets it at once; one that no longer does loses it.
    await bench.hub.patchTags(other, { kind: "prio" });
    expect(await stateOf(other)).toEqual([{ low: { y: 3 } }, { low: targeted, high: applied }]);
    await bench.hub.patchTags(id, { kind: null });
    expect(await stateOf(id)).toEqual([{ own: 1, a: {} }, undefined]);
    expect((await send("GET /configurations/low")).json.systemMetrics.results).toEqual({
      targetedCount: 1,
      appliedCount: 0,
    });
    await send("DELETE /configurations/high", any);
    expect(await stateOf(other)).toEqual([{ a: { b: 1 }, low: { x: 1, y: 2 } }, { low: applied }]);
    const { json } = await send("GET /configurations/low");
    expect(await send("PUT /configurations/low", { body: { ...json, priority: 5 }, ...any })).toMatchObject({
      status: 200,
      json: { priority: 5 },
    });
    const stale = { headers: { "if-match": `"${json.etag}"` } };
    expect(codeOf(await send("DELETE /configurations/low", stale))).toEqual([412, "PreconditionFailed"]);
    expect((await send("GET /configurations")).json).toHaveLength(1);
    expect((await send("DELETE /configurations/low", any)).status).toBe(204);
    expect(await stateOf(other)).toEqual([{ a: {} }, undefined]);
  });

  it("of modules is for modules, and a deployment for the modules of IoT Edge devices", async () => {
    const module = await bench.newModule("conf");
    const content = { moduleContent: { "properties.desired.m": 1 } };
    const targetCondition = "FROM devices.modules WHERE moduleId = 'conf'";
    await send("PUT /configurations/of-modules", { body: { content, targetCondition } });
    expect(await stateOf(module)).toEqual([{ m: 1 }, { "of-modules": applied }]);
    const edge = { deviceId: "edge-conf", capabilities: { iotEdge: true }, tags: {} };
    await send("PUT /devices/edge-conf", { body: edge });
    const base = { $edgeAgent: { "properties.desired": { modules: { a: 1 } } } };
    const layer = {
      $edgeAgent: { "properties.desired.modules.b": 2 },
      sensor: { "properties.desired.c": 3 },
    };
    const deployment = { targetCondition: "*", priority: 1 };
    await send("PUT /configurations/base", { body: { ...deployment, content: { modulesContent: base } } });
    const body = { ...deployment, priority: 2, content: { modulesContent: layer } };
    await send("PUT /configurations/layer", { body });
    expect(await stateOf("edge-conf/$edgeAgent")).toEqual([{ modules: { a: 1, b: 2 } }, undefined]);
    expect(await stateOf("edge-conf/sensor")).toEqual([{ c: 3 }, undefined]);
    expect((await stateOf("edge-conf"))[1]).toEqual({ layer: applied, base: applied });
    const direct = { modulesContent: { sensor: { "properties.desired": { d: 4 } } } };
    const answer = await send("POST /devices/edge-conf/applyConfigurationContent", { body: direct });
    expect(answer.status).toBe(204);
    expect(await stateOf("edge-conf/sensor")).toEqual([{ d: 4 }, undefined]);
    for (const id of ["of-modules", "base", "layer"]) await send(`DELETE /configurations/${id}`, any);
  });

  it("is refused if it isn't valid", async () => {
    const content = { deviceContent: { "properties.desired.a": 1 } };
    const ok = { content, targetCondition: "*" };
    const invalid: [object, string][] = [
      [{ content: {} }, "InvalidConfigurationContent"],
      [{ content: { deviceContent: { "properties.reported.a": 1 } } }, "InvalidConfigurationContent"],
      [
        { content: { ...content, moduleContent: { "properties.desired.a": 1 } } },
        "InvalidConfigurationContent",
      ],
      [{ targetCondition: "tags.a =" }, "InvalidConfigurationTargetCondition"],
      [{ priority: -1 }, "ArgumentInvalid"],
      [{ metrics: { queries: { a: "SELECT" } } }, "InvalidConfigurationCustomMetricsQuery"],
    ];
    for (const [wrong, code] of invalid) {
      const body = { ...ok, ...wrong };
      expect(codeOf(await send("PUT /configurations/refused", { body }))).toEqual([400, code]);
    }
    expect(codeOf(await send("PUT /configurations/A", { body: ok }))).toEqual([400, "ArgumentInvalid"]);
    await send("PUT /configurations/ok", { body: { ...ok, targetCondition: "" } });
    expect(codeOf(await send("PUT /configurations/ok", { body: ok }))).toEqual([
      409,
      "ConfigurationAlreadyExists",
    ]);
    const changed = { ...ok, content: { deviceContent: { "properties.desired.a": 2 } } };
    expect(codeOf(await send("PUT /configurations/ok", { body: changed, ...any }))).toEqual([
      400,
      "CannotModifyImmutableConfigurationContent",
    ]);
    expect(codeOf(await send("GET /configurations/none"))).toEqual([404, "ConfigurationNotFound"]);
    const service = await send("GET /configurations", { policy: "service" });
    expect(codeOf(service)).toEqual([401, "IotHubUnauthorizedAccess"]);
    const test = {
      targetCondition: "tags.a =",
      customMetricQueries: { bad: "SELECT", good: "SELECT * FROM devices" },
    };
    const { json } = await send("POST /configurations/testQueries", { body: test });
    expect(json).toMatchObject({ targetConditionError: expect.stringContaining("at character") });
    expect(Object.keys(json.customMetricQueryErrors)).toEqual(["bad"]);
  });
});
