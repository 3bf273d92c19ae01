import { describe, expect, it } from "vitest";
import { createCertificate, createCertificateAuthority } from "../certificates/node/client-certificate.ts";
import { call } from "../testing/control.ts";
import { connect } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";

const bench = new TestBench();

describe("modules over the control API", () => {
  it("are registered, read, changed, listed and deleted", async () => {
    const deviceId = await bench.newDevice();
    const modules = `/devices/${deviceId}/modules`;
    const created = await call(bench.hub, "POST", modules, { moduleId: "$edgeAgent" });
    expect(created).toMatchObject({
      status: 201,
      body: {
        deviceId,
        moduleId: "$edgeAgent",
        connectionString: expect.stringContaining(
          `;DeviceId=${deviceId};ModuleId=$edgeAgent;SharedAccessKey=`,
        ),
      },
    });
    await call(bench.hub, "POST", modules, { moduleId: "a#?%b" });
    const one = `${modules}/${encodeURIComponent("a#?%b")}`;
    const key = btoa("k".repeat(32));
    expect(await call(bench.hub, "PATCH", one, { primaryKey: key })).toMatchObject({
      status: 200,
      body: { authentication: { symmetricKey: { primaryKey: key } } },
    });
    expect((await call(bench.hub, "GET", one)).body).toMatchObject({
      moduleId: "a#?%b",
      connectionString: expect.stringContaining(`;ModuleId=a#?%b;SharedAccessKey=${key}`),
    });
    expect((await call(bench.hub, "GET", modules)).body).toMatchObject([
      { moduleId: "$edgeAgent" },
      { moduleId: "a#?%b" },
    ]);
    expect((await call(bench.hub, "GET", "/devices")).body).not.toContainEqual(
      expect.objectContaining({ moduleId: "a#?%b" }),
    );
    expect((await call(bench.hub, "DELETE", one)).status).toBe(204);
    expect(await call(bench.hub, "GET", one)).toMatchObject({
      status: 404,
      body: { name: "ModuleNotFound", errorCode: 404010 },
    });
  });

  it("have twins and methods and can be kicked, with both forms of their path", async () => {
    const key = await bench.newModule();
    const [deviceId = ""] = key.split("/");
    for (const path of [`/devices/${deviceId}/modules/m`, `/devices/${encodeURIComponent(key)}`]) {
      const module = await connect(bench.hub, key);
      await module.subscribe("$iothub/methods/POST/#");
      expect(await call(bench.hub, "PATCH", `${path}/twin`, { desired: { a: 1 } })).toMatchObject({
        status: 200,
        body: { deviceId, moduleId: "m", properties: { desired: { a: 1 } } },
      });
      expect((await call(bench.hub, "GET", `${path}/twin`)).body).toMatchObject({ moduleId: "m" });
      const answer = call(bench.hub, "POST", `${path}/methods`, { methodName: "go" });
      const request = await module.next();
      module.client.publish(`$iothub/methods/res/200/?$rid=${request.topic.split("=")[1]}`, "1");
      expect((await answer).body).toEqual({ status: 200, payload: 1 });
      expect((await call(bench.hub, "POST", `${path}/kick`)).body).toEqual({ kicked: true });
      await module.closed;
      expect((await call(bench.hub, "POST", `${path}/kick`)).body).toEqual({ kicked: false });
    }
  });

  it("have their telemetry and events selected by a query", async () => {
    const key = await bench.newModule();
    const [deviceId = ""] = key.split("/");
    const stop = new AbortController();
    const query = `?deviceId=${deviceId}&moduleId=m`;
    const { signal } = stop;
    const events = await fetch(`${bench.hub.endpoints.controlUrl}/events${query}`, { signal });
    for (const [id, root] of [
      [deviceId, `devices/${deviceId}`],
      [key, `devices/${deviceId}/modules/m`],
    ] as const) {
      const device = await connect(bench.hub, id);
      await device.client.publishAsync(`${root}/messages/events/`, id, { qos: 1 });
      await device.end();
    }
    expect((await call(bench.hub, "GET", `/telemetry${query}`)).body).toMatchObject([
      { body: key, moduleId: "m" },
    ]);
    expect((await call(bench.hub, "GET", `/telemetry?deviceId=${deviceId}`)).body).toHaveLength(2);
    let text = "";
    for await (const part of events.body ?? []) {
      text += new TextDecoder().decode(part);
      if (text.includes("event: deviceDisconnected")) break;
    }
    const found = [...text.matchAll(/data: (.*)/g)].map(([, data = ""]) => JSON.parse(data) as object);
    expect(found.length).toBeGreaterThanOrEqual(3);
    for (const event of found) expect(event).toMatchObject({ deviceId, moduleId: "m" });
    stop.abort();
  });

  it.each([
    ["POST", "/devices/nobody/modules", { moduleId: "m" }, 404, "DeviceNotFound"],
    ["GET", "/devices/nobody/modules", undefined, 404, "DeviceNotFound"],
    ["POST", "/devices/{id}/modules", {}, 400, "moduleId must be a string, got undefined"],
    ["POST", "/devices/{id}/modules", { moduleId: "a b" }, 400, "moduleId must be 1 to 128 characters"],
    [
      "POST",
      "/devices/{id}/modules",
      { moduleId: "m", status: "disabled" },
      400,
      "'status' isn't a field; the fields are moduleId, authentication",
    ],
    ["POST", "/devices/{id}/modules", { moduleId: "known" }, 409, "already registered on the device"],
    ["PATCH", "/devices/{id}/modules/x", {}, 404, "ModuleNotFound"],
    ["DELETE", "/devices/{id}/modules/x", undefined, 404, "ModuleNotFound"],
    ["GET", "/devices/{id}/modules/x/twin", undefined, 404, "ModuleNotFound"],
    ["POST", "/devices/{id}/modules/x/methods", { methodName: "m" }, 404, "ModuleNotFound"],
    ["POST", "/devices/{id}/modules/x/kick", {}, 404, "ModuleNotFound"],
    ["POST", "/devices/{id}%2Fknown/c2d", { body: "x" }, 404, "DeviceNotFound"],
    ["DELETE", "/devices/{id}%2Fknown", undefined, 404, "DeviceNotFound"],
  ] as const)("are rejected if invalid: %s %s %j", async (method, path, body, status, text) => {
    const id = await bench.newDevice();
    await bench.hub.createModule(id, "known");
    const answer = await call(bench.hub, method, path.replace("{id}", id), body);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toContain(text);
    expect(answer.headers.get("iothub-errorcode")).toBe((answer.body as { name: string }).name);
  });
});

describe("certificates over the control API", () => {
  it("can be credentials of devices and modules", async () => {
    const { thumbprint, sha1Thumbprint } = await createCertificate("d");
    const body = {
      deviceId: "by-thumbprint",
      primaryThumbprint: thumbprint,
      secondaryThumbprint: sha1Thumbprint,
    };
    expect(await call(bench.hub, "POST", "/devices", body)).toMatchObject({
      status: 201,
      body: {
        authentication: {
          type: "selfSigned",
          x509Thumbprint: { primaryThumbprint: thumbprint, secondaryThumbprint: sha1Thumbprint },
        },
        connectionString: expect.stringMatching(/;DeviceId=by-thumbprint;x509=true$/),
      },
    });
    const module = { moduleId: "m", authentication: "certificateAuthority" };
    expect(await call(bench.hub, "POST", "/devices/by-thumbprint/modules", module)).toMatchObject({
      status: 201,
      body: {
        authentication: { type: "certificateAuthority" },
        connectionString: expect.stringMatching(/;ModuleId=m;x509=true$/),
      },
    });
    const without = await call(bench.hub, "PATCH", "/devices/by-thumbprint", { primaryThumbprint: null });
    expect(without.body).toMatchObject({
      authentication: { x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: sha1Thumbprint } },
    });
  });

  it.each([
    [{ primaryThumbprint: "12" }, "hexadecimal digits"],
    [{ primaryThumbprint: 12 }, "primaryThumbprint must be a string or null, got 12"],
    [
      { authentication: "password" },
      "must be one of sas, selfSigned, certificateAuthority, none, got 'password'",
    ],
    [{ authentication: "selfSigned" }, "requires a thumbprint"],
  ])("are rejected if invalid: %j", async (options, message) => {
    const answer = await call(bench.hub, "POST", "/devices", { deviceId: "x", ...options });
    expect(answer).toMatchObject({ status: 400, body: { name: "ArgumentInvalid" } });
    expect(JSON.stringify(answer.body)).toContain(message);
  });

  it("of authorities are added, listed and removed", async () => {
    const { cert } = await createCertificateAuthority("fleet CA");
    const added = await call(bench.hub, "POST", "/ca-certificates", { certificate: cert });
    expect(added).toMatchObject({ status: 201, body: { commonName: "fleet CA" } });
    expect((await call(bench.hub, "GET", "/ca-certificates")).body).toEqual([added.body]);
    const { thumbprint } = added.body as { thumbprint: string };
    expect((await call(bench.hub, "DELETE", `/ca-certificates/${thumbprint}`)).status).toBe(204);
    expect((await call(bench.hub, "GET", "/ca-certificates")).body).toEqual([]);
    expect(await call(bench.hub, "DELETE", `/ca-certificates/${thumbprint}`)).toMatchObject({ status: 404 });
    expect(await call(bench.hub, "POST", "/ca-certificates", { certificate: "x" })).toMatchObject({
      status: 400,
      body: { message: "The certificate authority is not valid: it isn't a certificate in PEM." },
    });
  });
});
