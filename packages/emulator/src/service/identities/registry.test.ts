import { describe, expect, it } from "vitest";
import { TestBench } from "../../testing/emulator.ts";
import type { HttpsAnswer } from "../../testing/https.ts";
import { policyToken, type ServiceRequest, serviceRequest } from "../../testing/service.ts";

const bench = new TestBench();
const send = (request: string, options?: ServiceRequest): Promise<HttpsAnswer> =>
  serviceRequest(bench.hub, request, options);

let ids = 0;
const newId = (): string => `r${++ids}`;

/** The parts of an error that clients read. */
const refusal = (status: number, name: string): object => ({
  status,
  headers: expect.objectContaining({
    "iothub-errorcode": name,
    "content-type": "application/json; charset=utf-8",
  }),
  json: {
    Message: expect.stringMatching(new RegExp(`^ErrorCode:${name};.`)),
    ExceptionMessage: expect.stringMatching(/^Tracking ID:[0-9a-f]{32}-G:\d+-TimeStamp:/),
  },
});

describe("a device in the registry", () => {
  it("is created with generated keys, read, updated and deleted", async () => {
    const id = newId();
    const body = {
      deviceId: id,
      authentication: { type: "sas", symmetricKey: { primaryKey: "", secondaryKey: "" } },
    };
    const created = await send(`PUT /devices/${id}`, { body });
    const key = expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/);
    expect(created).toMatchObject({
      status: 200,
      json: {
        deviceId: id,
        status: "enabled",
        connectionState: "Disconnected",
        cloudToDeviceMessageCount: 0,
        capabilities: { iotEdge: false },
        authentication: { type: "sas", symmetricKey: { primaryKey: key, secondaryKey: key } },
      },
    });
    expect(created.headers["etag"]).toBe(`"${created.json.etag}"`);
    expect((await send(`GET /devices/${id}`)).json).toEqual(created.json);
    const updated = await send(`PUT /devices/${id}`, {
      headers: { "if-match": "*" },
      body: { ...created.json, status: "disabled", statusReason: "moved" },
    });
    expect(updated.json).toMatchObject({
      status: "disabled",
      statusReason: "moved",
      authentication: created.json.authentication,
    });
    expect(updated.json.etag).not.toBe(created.json.etag);
    const deleted = await send(`DELETE /devices/${id}`, { headers: { "if-match": "*" } });
    expect([deleted.status, deleted.text]).toEqual([204, ""]);
    expect(await send(`GET /devices/${id}`)).toMatchObject(refusal(404, "DeviceNotFound"));
  });

  it("accepts the etag in every spelling, and refuses an old one", async () => {
    const id = newId();
    let { etag: old } = (await send(`PUT /devices/${id}`, { body: { deviceId: id } })).json;
    let etag = old;
    for (const spelling of ["E", '"E"', 'W/"E"', '""E""', '"x", "E"']) {
      const headers = { "if-match": spelling.replace("E", etag) };
      const { status, json } = await send(`PUT /devices/${id}`, { headers, body: { deviceId: id } });
      expect([spelling, status]).toEqual([spelling, 200]);
      [old, etag] = [etag, json.etag];
    }
    const headers = { "if-match": `"${old}"` };
    for (const answer of [
      await send(`PUT /devices/${id}`, { headers, body: { deviceId: id } }),
      await send(`DELETE /devices/${id}`, { headers }),
    ]) {
      expect(answer).toMatchObject(refusal(412, "PreconditionFailed"));
    }
    expect((await send(`DELETE /devices/${id}`)).status).toBe(204);
  });

  it("can have thumbprints, an authority, or be an Edge device with its modules", async () => {
    const thumbprint = "A".repeat(40);
    const [selfSigned, ca, edge] = [newId(), newId(), newId()];
    const x509Thumbprint = { primaryThumbprint: thumbprint, secondaryThumbprint: null };
    const symmetricKey = { primaryKey: null, secondaryKey: null };
    const authentication = { type: "selfSigned", x509Thumbprint, symmetricKey };
    expect((await send(`PUT /devices/${selfSigned}`, { body: { authentication } })).json).toMatchObject({
      authentication,
    });
    const byAuthority = { authentication: { type: "certificateAuthority" } };
    expect((await send(`PUT /devices/${ca}`, { body: byAuthority })).json).toMatchObject(byAuthority);
    const without = { authentication: { type: "none", symmetricKey } };
    const none = await send(`PUT /devices/${newId()}`, { body: without });
    expect(none.json).toMatchObject(without);
    expect((await send(`GET /twins/${none.json.deviceId}`)).json.authenticationType).toBe("none");
    const created = await send(`PUT /devices/${edge}`, { body: { capabilities: { iotEdge: true } } });
    const scope = `ms-azure-iot-edge://${edge}-${created.json.generationId}`;
    expect(created.json).toMatchObject({ capabilities: { iotEdge: true }, deviceScope: scope });
    const modules = await send(`GET /devices/${edge}/modules`);
    expect(modules.json.map((module: { moduleId: string }) => module.moduleId)).toEqual([
      "$edgeAgent",
      "$edgeHub",
    ]);
    const leaf = newId();
    const body = { deviceScope: scope, parentScopes: [scope] };
    expect((await send(`PUT /devices/${leaf}`, { body })).json).toMatchObject(body);
    expect((await send(`GET /twins/${leaf}`)).json).toMatchObject(body);
    const plain = { ...created.json, capabilities: { iotEdge: false } };
    const { json: changed } = await send(`PUT /devices/${edge}`, {
      headers: { "if-match": "*" },
      body: plain,
    });
    expect(changed.capabilities.iotEdge).toBe(false);
    expect(changed).not.toHaveProperty("deviceScope");
  });

  it("has modules with their own etags", async () => {
    const id = newId();
    await send(`PUT /devices/${id}`, { body: {} });
    const path = `/devices/${id}/modules/m%24`;
    const body = { deviceId: id, moduleId: "m$", managedBy: "me" };
    const created = await send(`PUT ${path}`, { body });
    expect(created).toMatchObject({ status: 200, json: body });
    expect((await send(`GET ${path}`)).json).toEqual(created.json);
    expect((await send(`GET /devices/${id}/modules`)).json).toEqual([created.json]);
    expect(await send(`PUT ${path}`, { body })).toMatchObject(refusal(409, "ModuleAlreadyExistsOnDevice"));
    const headers = { "if-match": `"${created.json.etag}"` };
    const changed = await send(`PUT ${path}`, { headers, body: { ...body, managedBy: null } });
    expect(changed).toMatchObject({ status: 200, json: { managedBy: null } });
    expect(await send(`DELETE ${path}`, { headers })).toMatchObject(refusal(412, "PreconditionFailed"));
    expect((await send(`DELETE ${path}`, { headers: { "if-match": "*" } })).status).toBe(204);
    expect(await send(`GET ${path}`)).toMatchObject(refusal(404, "ModuleNotFound"));
    expect(await send("GET /devices/missing/modules")).toMatchObject(refusal(404, "DeviceNotFound"));
  });

  it("is refused with the documented code if the input isn't valid", async () => {
    const id = newId();
    await send(`PUT /devices/${id}`, { body: {} });
    const any = { "if-match": "*" };
    const invalid: [request: string, options: ServiceRequest, status: number, name: string][] = [
      [`PUT /devices/${id}`, { body: {} }, 409, "DeviceAlreadyExists"],
      ["PUT /devices/missing", { headers: any, body: {} }, 404, "DeviceNotFound"],
      ["PUT /devices/a%20b", { body: {} }, 400, "ArgumentInvalid"],
      ["PUT /devices/new", { body: "{" }, 400, "IotHubFormatError"],
      ["PUT /devices/new", {}, 400, "IotHubFormatError"],
      ["PUT /devices/new", { body: "[]" }, 400, "ArgumentInvalid"],
      ["PUT /devices/new", { body: { deviceId: "other" } }, 400, "ArgumentInvalid"],
      ["PUT /devices/new", { body: { status: "sleeping" } }, 400, "ArgumentInvalid"],
      ["PUT /devices/new", { body: { status: 1 } }, 400, "ArgumentInvalid"],
      ["PUT /devices/new", { body: { statusReason: "x".repeat(129) } }, 400, "ArgumentInvalid"],
      ["PUT /devices/new", { body: { authentication: { type: "magic" } } }, 400, "ArgumentInvalid"],
      ["PUT /devices/new", { body: { authentication: [] } }, 400, "ArgumentInvalid"],
      [
        "PUT /devices/new",
        { body: { authentication: { symmetricKey: { primaryKey: "no" } } } },
        400,
        "IotHubFormatError",
      ],
      ["PUT /devices/new", { body: new Uint8Array(8 * 1024 * 1024 + 1) }, 413, "MessageTooLarge"],
      ["GET /devices?top=0", {}, 400, "ArgumentInvalid"],
      ["GET /devices?top=1001", {}, 400, "ArgumentInvalid"],
      ["GET /devices/new/other", {}, 404, "GenericNotFound"],
      ["GET /configurations?top=101", {}, 400, "ArgumentInvalid"],
      ["POST /jobs/create", { body: {} }, 400, "ArgumentInvalid"],
    ];
    for (const [request, options, status, name] of invalid) {
      expect(await send(request, options), request).toMatchObject(refusal(status, name));
    }
    expect((await send("GET /devices/new")).status).toBe(404);
    expect(await bench.event("requestRefused", "new")).toMatchObject({ path: "/devices/new" });
  });
});

describe("a list of devices", () => {
  it("is in order of creation, and as long as requested; statistics count it", async () => {
    const before = (await send("GET /devices/")).json.length;
    const added = [newId(), newId(), newId()];
    for (const id of added) await send(`PUT /devices/${id}`, { body: { status: "disabled" } });
    const list = (await send("GET /devices")).json.map(({ deviceId }: { deviceId: string }) => deviceId);
    expect(list.slice(before)).toEqual(added);
    expect((await send("GET /devices?top=2")).json).toHaveLength(2);
    const { json: statistics } = await send("GET /statistics/devices");
    const { totalDeviceCount, enabledDeviceCount, disabledDeviceCount } = statistics;
    expect([totalDeviceCount, enabledDeviceCount + disabledDeviceCount]).toEqual([list.length, list.length]);
    expect(disabledDeviceCount).toBeGreaterThanOrEqual(3);
    const connected = (await send("GET /statistics/service")).json.connectedDeviceCount;
    const device = await bench.device();
    await bench.event("deviceConnected", device.id);
    expect((await send("GET /statistics/service")).json).toEqual({ connectedDeviceCount: connected + 1 });
    await device.end();
  });
});

describe("a bulk request", () => {
  it("runs every import mode, in any case", async () => {
    const [a, b] = [newId(), newId()];
    const bulk = (...items: object[]): Promise<HttpsAnswer> => send("POST /devices", { body: items });
    const done = { status: 200, json: { isSuccessful: true, errors: [], warnings: [] } };
    const properties = { desired: { interval: 5 } };
    expect(
      await bulk(
        { id: a, importMode: "create", tags: { floor: 1 }, properties },
        { id: b, importMode: "CreateOrUpdate", status: "disabled" },
        { id: a, moduleId: "m", importMode: "create" },
      ),
    ).toMatchObject(done);
    const twin = (await send(`GET /twins/${a}`)).json;
    expect(twin).toMatchObject({ tags: { floor: 1 }, properties });
    const { etag } = (await send(`GET /devices/${a}`)).json;
    expect(
      await bulk(
        { id: a, importMode: "UpdateIfMatchETag", eTag: etag, statusReason: "x" },
        { id: b, importMode: "update", status: "enabled" },
        { id: a, moduleId: "m", importMode: "Delete" },
      ),
    ).toMatchObject(done);
    expect(
      await bulk(
        { id: a, importMode: "updateTwinIfMatchETag", twinETag: twin.etag, tags: { floor: 2 } },
        { id: b, importMode: "createOrUpdateIfMatchETag", eTag: "*" },
      ),
    ).toMatchObject(done);
    expect(await bulk({ id: a, importMode: "updateTwin", tags: { room: 3 } })).toMatchObject(done);
    const { etag: current } = (await send(`GET /devices/${b}`)).json;
    // As Node's client spells it.
    expect(await bulk({ id: b, importMode: "UpdateIfMatchETag", etag: current })).toMatchObject(done);
    expect((await send(`GET /twins/${a}`)).json.tags).toEqual({ floor: 2, room: 3 });
    expect((await send(`GET /devices/${b}`)).json.status).toBe("enabled");
    const missing = { id: "missing", importMode: "delete" };
    const stale = { id: a, importMode: "deleteIfMatchETag", eTag: etag };
    const badTwin = { id: "half", importMode: "create", tags: { "a.b": 1 } };
    const unknown = { id: "unknown", importMode: "x" };
    const partly = await bulk(missing, stale, { id: b, importMode: "delete" }, badTwin, unknown);
    const errorStatus = expect.any(String);
    expect(partly).toMatchObject({
      status: 400,
      json: {
        isSuccessful: false,
        errors: [
          { deviceId: "missing", errorCode: "DeviceNotFound", errorStatus, operation: "delete" },
          { deviceId: a, errorCode: "PreconditionFailed", errorStatus, operation: "deleteIfMatchETag" },
          { deviceId: "half", errorCode: "ArgumentInvalid", errorStatus, operation: "create" },
          { deviceId: "unknown", errorCode: "ArgumentInvalid", errorStatus, operation: "x" },
        ],
        warnings: [],
      },
    });
    expect((await send(`GET /devices/${b}`)).status).toBe(404);
    expect((await send("GET /devices/half")).status).toBe(404);
    for (const body of [{}, [1]]) {
      expect(await send("POST /devices", { body })).toMatchObject(refusal(400, "ArgumentInvalid"));
    }
    const tooMany = Array.from({ length: 101 }, (_, at) => ({ id: `many-${at}` }));
    expect(await bulk(...tooMany)).toMatchObject(refusal(413, "TooManyDevices"));
    expect(await bulk(missing, { id: "twice" }, missing)).toMatchObject(
      refusal(400, "DeviceDefinedMultipleTimes"),
    );
    expect((await send("GET /devices/twice")).status).toBe(404);
  });
});

describe("the rights of a service", () => {
  const unauthorized = refusal(401, "IotHubUnauthorizedAccess");

  it.each([
    ["registryRead", [200, 401, 401]],
    ["registryReadWrite", [200, 200, 401]],
    ["service", [401, 401, 200]],
    ["device", [401, 401, 401]],
    ["iothubowner", [200, 200, 200]],
  ])("follow from the policy %s", async (policy, statuses) => {
    const id = await bench.newDevice();
    const answers = [
      await send(`GET /devices/${id}`, { policy }),
      await send(`PUT /devices/${id}`, { policy, headers: { "if-match": "*" }, body: {} }),
      await send(`DELETE /devices/${id}/commands`, { policy }),
    ];
    expect(answers.map(({ status }) => status)).toEqual(statuses);
  });

  it("end with the token, its signature, its resource and its kind", async () => {
    const id = await bench.newDevice();
    const token = await policyToken(bench.hub);
    for (const authorization of [
      "",
      "nonsense",
      "Bearer eyJ0",
      token.replace("sig=", "sig=x"),
      await policyToken(bench.hub, "iothubowner", "localhost/devices/other"),
    ]) {
      const refused = await send(`GET /devices/${id}`, { headers: { authorization } });
      expect(refused, authorization).toMatchObject(unauthorized);
      const key = bench.hub.serviceConnectionString.split("SharedAccessKey=")[1] ?? "";
      expect(refused.text).not.toContain(key);
    }
    const own = await policyToken(bench.hub, "iothubowner", `localhost/devices/${id}`);
    expect((await send(`GET /devices/${id}`, { headers: { authorization: own } })).status).toBe(200);
  });

  it("need a known API version", async () => {
    for (const version of ["2016-11-14", "2020-05-31-preview", "2020-09-30", "2024-03-31"]) {
      expect((await send(`GET /devices?api-version=${version}`)).status).toBe(200);
    }
    for (const version of ["", "1", "2031-01-01", "2021-04-12x"]) {
      expect(await send(`GET /devices?api-version=${version}`)).toMatchObject(
        refusal(400, "InvalidProtocolVersion"),
      );
    }
  });
});

describe("purging messages", () => {
  it("returns their number", async () => {
    const id = await bench.newDevice();
    await bench.hub.sendC2d(id, "a");
    await bench.hub.sendC2d(id, "b");
    const { json } = await send(`DELETE /devices/${id}/commands`);
    expect(json).toEqual({ totalMessagesPurged: 2, deviceId: id, moduleId: null });
    expect(await send("DELETE /devices/missing/commands")).toMatchObject(refusal(404, "DeviceNotFound"));
  });
});

describe("the port without TLS", () => {
  it("serves services, and pages of every origin", async () => {
    const { host, plainPort } = bench.hub.endpoints;
    const url = `http://${host}:${plainPort}/devices?api-version=2021-04-12&top=1`;
    const headers = { authorization: await policyToken(bench.hub), origin: "https://page.example" };
    const response = await fetch(url, { headers });
    expect(response.status).toBe(200);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    const preflight = await fetch(url, {
      method: "OPTIONS",
      headers: { origin: "https://page.example", "access-control-request-method": "PATCH" },
    });
    expect(preflight.headers.get("access-control-allow-methods")).toContain("PATCH");
  });
});
