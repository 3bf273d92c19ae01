import { describe, expect, it } from "vitest";
import { createCertificate, createCertificateAuthority } from "../certificates/node/client-certificate.ts";
import { startEmulator } from "../start-emulator.ts";
import { call } from "../testing/control.ts";
import { deviceToken } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";
import { https } from "../testing/https.ts";
import { newUploader, pathOf, requestUpload, version } from "../testing/upload.ts";

const bench = new TestBench();

describe("an upload is requested by", () => {
  const body = { blobName: "x" };

  it("devices with any kind of certificate, without a token", async () => {
    const ca = await createCertificateAuthority();
    const [root, middle] = [ca, await createCertificateAuthority("middle", { ca })];
    await bench.hub.addCaCertificate(root.cert);
    const own = await createCertificate("x");
    await bench.hub.createDevice("thumbprint", { primaryThumbprint: own.thumbprint });
    await bench.hub.createDevice("by-ca", { authentication: "certificateAuthority" });
    const signed = await createCertificate("by-ca", { ca: middle });
    for (const [id, certificate] of [
      ["thumbprint", own],
      ["by-ca", signed],
    ] as const) {
      const place = await https(bench.hub, `/devices/${id}/files?${version}`, { body, certificate });
      expect(place).toMatchObject({ status: 200, json: { blobName: `${id}/x` } });
    }
    const wrong = await https(bench.hub, `/devices/by-ca/files?${version}`, { body, certificate: own });
    expect(wrong.status).toBe(401);
    expect(wrong.text).toContain("the common name of the certificate must be 'by-ca', got 'x'");
    expect((await https(bench.hub, `/devices/thumbprint/files?${version}`, { body })).status).toBe(401);
  });

  it("no one with a token of another identity, an expired token, or none; the hub reports the reason as an event", async () => {
    const device = await newUploader(bench);
    const other = await newUploader(bench);
    await bench.hub.createModule(device.id, "m");
    const tokens = [
      [other.authorization, "for another resource"],
      [await deviceToken(bench.hub, `${device.id}/m`), "for another resource"],
      [await deviceToken(bench.hub, device.id, -1), "has expired"],
      ["Bearer x", "malformed"],
    ] as const;
    for (const [authorization, why] of tokens) {
      bench.events.length = 0;
      const answer = await https(bench.hub, `${device.path}?${version}`, {
        headers: { authorization },
        body,
      });
      expect(answer.status).toBe(401);
      expect(answer.headers["iothub-errorcode"]).toBe("IotHubUnauthorized");
      const { Message, ExceptionMessage } = answer.json as { Message: string; ExceptionMessage: string };
      expect(ExceptionMessage).toBe("");
      expect(JSON.parse(Message)).toMatchObject({
        errorCode: 401003,
        message: expect.stringContaining(why),
        trackingId: expect.any(String),
      });
      expect(await bench.event("requestRefused", device.id)).toMatchObject({
        path: device.path,
        status: 401,
        detail: expect.stringContaining(why),
      });
    }
    expect((await https(bench.hub, `${device.path}?${version}`, { body })).status).toBe(401);
    await bench.hub.updateDevice(device.id, { status: "disabled" });
    const { authorization } = device;
    expect(
      (await https(bench.hub, `${device.path}?${version}`, { headers: { authorization }, body })).status,
    ).toBe(401);
    expect(bench.hub.uploads(device.id)).toEqual([]);
  });

  it("devices with fewer than ten uploads in progress", async () => {
    const device = await newUploader(bench);
    for (let at = 0; at < 10; at++) await requestUpload(bench, device, String(at));
    const { authorization, path } = device;
    const answer = await https(bench.hub, `${path}?${version}`, { headers: { authorization }, body });
    expect(answer.status).toBe(403);
    expect(answer.headers["iothub-errorcode"]).toBe("DeviceMaximumActiveFileUploadLimitExceeded");
    expect(JSON.parse((answer.json as { Message: string }).Message)).toMatchObject({ errorCode: 403006 });
  });

  it.each([
    ["", { body }, 400, 400001, "The query must have an api-version."],
    [`?${version}`, { body: "{" }, 400, 400006, "must be a JSON object"],
    [`?${version}`, { body: [] }, 400, 400006, "must be a JSON object"],
    [`?${version}`, { body: {} }, 400, 400004, "blobName must be a string"],
    [`/notifications?${version}`, { body: {} }, 400, 400015, "correlationId must be that of an open upload"],
    [
      `/notifications/MjAy?${version}`,
      { body: {} },
      400,
      400015,
      "correlationId must be that of an open upload",
    ],
    [`?${version}`, { method: "GET" }, 404, 404000, "There is no GET"],
    [`/other?${version}`, { body }, 404, 404000, "There is no POST"],
  ] as const)("no one with an invalid request: %s %j", async (end, options, status, errorCode, text) => {
    const { authorization, path } = await newUploader(bench);
    const answer = await https(bench.hub, path + end, { headers: { authorization }, ...options });
    expect(answer.status).toBe(status);
    expect(JSON.parse((answer.json as { Message: string }).Message)).toMatchObject({
      errorCode,
      message: expect.stringContaining(text),
    });
  });

  it("pages as well", async () => {
    const device = await newUploader(bench);
    const origin = "http://page.test";
    const asked = { origin, "access-control-request-method": "POST" };
    const preflight = await https(bench.hub, `${device.path}?${version}`, {
      method: "OPTIONS",
      headers: { ...asked, "access-control-request-headers": "authorization,content-type" },
    });
    expect(preflight).toMatchObject({
      status: 204,
      headers: {
        "access-control-allow-origin": "*",
        "access-control-allow-headers": expect.stringContaining("authorization"),
      },
    });
    const place = await requestUpload(bench, device, "x");
    const forBlob = await https(bench.hub, pathOf(place), {
      method: "OPTIONS",
      headers: { ...asked, "access-control-request-headers": "x-ms-blob-type,x-ms-version" },
    });
    expect(forBlob).toMatchObject({
      status: 204,
      headers: {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": expect.stringContaining("PUT"),
        "access-control-allow-headers": "x-ms-blob-type,x-ms-version",
      },
    });
  });
});

describe("a hub", () => {
  it("without blob storage rejects uploads, and has no blobs", async () => {
    await using hub = await startEmulator({ blobStorage: false });
    await hub.createDevice("d");
    const answer = await https(hub, `/devices/d/files?${version}`, {
      headers: { authorization: await deviceToken(hub, "d") },
      body: { blobName: "x" },
    });
    expect(answer.status).toBe(400);
    expect(JSON.parse((answer.json as { Message: string }).Message)).toMatchObject({
      errorCode: 400014,
      message: expect.stringContaining("no blob storage"),
    });
    expect(hub.uploads()).toEqual([]);
    expect(await https(hub, "/uploads/d/x?sig=x", { method: "PUT", body: "x" })).toMatchObject({
      status: 403,
      headers: { "x-ms-error-code": "AuthenticationFailed" },
    });
  });

  it("with immediate blob storage starts it, and stops it when it is closed", async () => {
    const hub = await startEmulator({ blobStorage: true });
    await hub.createDevice("d");
    const authorization = await deviceToken(hub, "d");
    const place = await https(hub, `/devices/d/files?${version}`, {
      headers: { authorization },
      body: { blobName: "x" },
    });
    expect(place.status).toBe(200);
    await hub.close();
    await expect(hub.readBlob("d/x")).rejects.toMatchObject({ name: "GenericNotFound" });
  });

  it("that is down rejects requests on its plain port as well", async () => {
    const { id, authorization, path } = await newUploader(bench);
    await bench.hub.faults.stopListening();
    const { host, plainPort } = bench.hub.endpoints;
    const answer = await fetch(`http://${host}:${plainPort}${path}?${version}`, {
      method: "POST",
      headers: { authorization },
      body: "{}",
    });
    expect(answer.status).toBe(503);
    await bench.hub.faults.listenAgain();
    expect(bench.hub.uploads(id)).toEqual([]);
  });
});

describe("uploads over the control API", () => {
  it("are listed, and their blobs can be read", async () => {
    const device = await newUploader(bench);
    const { correlationId, blobName } = await requestUpload(bench, device, "c");
    expect((await call(bench.hub, "GET", `/uploads?deviceId=${device.id}`)).body).toMatchObject([
      { deviceId: device.id, correlationId, blobName, state: "open" },
    ]);
    expect((await call(bench.hub, "GET", "/uploads")).body).toEqual(bench.hub.uploads());
    expect(await call(bench.hub, "GET", "/blobs/nothing")).toMatchObject({
      status: 404,
      body: { name: "GenericNotFound", message: "There is no blob 'nothing'." },
    });
  });
});
