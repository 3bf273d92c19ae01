import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BlockBlobClient } from "@azure/storage-blob";
import { describe, expect, it } from "vitest";
import { createCertificate, createCertificateAuthority } from "../certs-client.ts";
import { startEmulator } from "../emulator.ts";
import { call } from "../testing/control.ts";
import { deviceToken } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";
import { https } from "../testing/https.ts";
import { vector } from "../testing/vectors.ts";

const bench = new TestBench();
// The first of these waits for a process to start.
const slow = { timeout: 60_000 };
const version = "api-version=2021-04-12";

interface Place {
  readonly correlationId: string;
  readonly hostName: string;
  readonly containerName: string;
  readonly blobName: string;
  readonly sasToken: string;
}

/** Registers a device and returns what its requests carry. */
async function newDevice(id?: string): Promise<{ id: string; authorization: string; path: string }> {
  if (id !== undefined) await bench.hub.createDevice(id);
  const deviceId = id ?? (await bench.newDevice());
  const authorization = await deviceToken(bench.hub, deviceId);
  return { id: deviceId, authorization, path: `/devices/${encodeURIComponent(deviceId)}/files` };
}

async function placeFor(device: { path: string; authorization: string }, blobName: string): Promise<Place> {
  const { authorization } = device;
  const { status, json } = await https(bench.hub, `${device.path}?${version}`, {
    headers: { authorization },
    body: { blobName },
  });
  expect(status).toBe(200);
  return json as Place;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function bytesInUse(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

function pathOf({ containerName, blobName, sasToken }: Place): string {
  return `/${containerName}/${blobName.split("/").map(encodeURIComponent).join("/")}${sasToken}`;
}

describe("an upload", slow, () => {
  it("goes in three steps, as Python takes them", async () => {
    const { id, authorization, path } = await newDevice();
    const answer = await https(bench.hub, `${path}?api-version=2019-10-01`, {
      headers: { authorization, accept: "application/json" },
      body: (vector("http-01").expected as { body: string }).body,
    });
    expect(answer).toMatchObject({
      status: 200,
      headers: { "content-type": "application/json; charset=utf-8", "access-control-allow-origin": "*" },
      json: {
        correlationId: expect.any(String),
        hostName: `localhost:${bench.hub.endpoints.port}`,
        containerName: "uploads",
        blobName: `${id}/b.txt`,
        sasToken: expect.stringMatching(/^\?sv=.*&sig=/),
      },
    });
    const place = answer.json as Place;
    expect(await bench.event("fileUploadStarted", id)).toMatchObject({ blobName: `${id}/b.txt` });
    const put = await https(bench.hub, pathOf(place), {
      method: "PUT",
      headers: { "x-ms-blob-type": "BlockBlob", "content-type": "text/plain" },
      body: "the file",
    });
    expect(put).toMatchObject({
      status: 201,
      headers: {
        etag: expect.any(String),
        "last-modified": expect.any(String),
        "x-ms-request-id": expect.any(String),
        "access-control-allow-origin": "*",
      },
    });
    const { correlationId } = place;
    const body = { correlationId, isSuccess: true, statusCode: 200, statusDescription: "done" };
    const notified = await https(bench.hub, `${path}/notifications?api-version=2019-10-01`, {
      headers: { authorization, "content-type": "application/json; charset=utf-8" },
      body,
    });
    expect(notified).toMatchObject({ status: 204, text: "" });
    expect(await bench.event("fileUploadNotified", id)).toMatchObject({ ...body, blobName: `${id}/b.txt` });
    expect(bench.hub.uploads(id)).toMatchObject([
      { correlationId, state: "succeeded", notification: { isSuccess: true, statusCode: 200 } },
    ]);
    expect(Buffer.from(await bench.hub.readBlob(`${id}/b.txt`)).toString()).toBe("the file");
  });

  it("is ended as Node does it, with the id in the path, encoded", async () => {
    const { id, authorization, path } = await newDevice();
    const { correlationId } = await placeFor({ authorization, path }, "b.txt");
    const { body } = (vector("http-03").expected as { notify: { body: string } }).notify;
    const target = `${path}/notifications/${encodeURIComponent(correlationId)}?${version}`;
    const options = { headers: { authorization, "iothub-name": "localhost" }, body };
    expect((await https(bench.hub, target, options)).status).toBe(204);
    expect(bench.hub.uploads(id)).toMatchObject([{ state: "succeeded" }]);
    expect((await https(bench.hub, target, options)).status).toBe(400);
  });

  it.each(["a+b", "-:.+%_#*?!(),=@$'"])("is possible for a device called %s", async (id) => {
    const device = await newDevice(id);
    // Python writes a space as a plus, and a plus like everybody.
    expect(device.path).not.toContain("+");
    const place = await placeFor(device, "dir/ä +%2F&.bin");
    expect(place.blobName).toBe(`${id}/dir/ä +%2F&.bin`);
    const put = { method: "PUT", headers: { "x-ms-blob-type": "BlockBlob" }, body: "x" };
    expect((await https(bench.hub, pathOf(place), put)).status).toBe(201);
    // All in one segment, as the official Node client writes it.
    const flat = `/${place.containerName}/${encodeURIComponent(place.blobName)}${place.sasToken}`;
    expect((await https(bench.hub, flat, { ...put, body: "yz" })).status).toBe(201);
    expect(await https(bench.hub, pathOf(place), { method: "GET" })).toMatchObject({
      status: 200,
      text: "yz",
    });
    expect(await https(bench.hub, flat, { method: "HEAD" })).toMatchObject({
      status: 200,
      headers: { "content-length": "2" },
    });
    expect(Buffer.from(await bench.hub.readBlob(place.blobName)).toString()).toBe("yz");
    const control = `/blobs/${place.blobName.split("/").map(encodeURIComponent).join("/")}`;
    expect((await call(bench.hub, "GET", control)).body).toBe("yz");
  });

  it("reads a plus in the path as the space that it is in Python", async () => {
    const { authorization } = await newDevice("a.b");
    const answer = await https(bench.hub, `/devices/a+b/files?${version}`, {
      headers: { authorization },
      body: { blobName: "x" },
    });
    expect(answer.status).toBe(401);
    expect(answer.text).toContain("'a b' is not registered");
  });

  it("opens its own blob for writing and reading, and nothing else", async () => {
    const device = await newDevice();
    const place = await placeFor(device, "mine");
    const put = { method: "PUT", headers: { "x-ms-blob-type": "BlockBlob" }, body: "x" };
    const other = { ...place, blobName: `${device.id}/other` };
    const forged = { ...place, sasToken: place.sasToken.replace(/sig=.{4}/, "sig=AAAA") };
    const late = { ...place, sasToken: place.sasToken.replace(/se=\d{4}/, "se=2999") };
    for (const wrong of [other, forged, late, { ...place, sasToken: "" }]) {
      const answer = await https(bench.hub, pathOf(wrong), put);
      expect([403, 404]).toContain(answer.status);
      expect(answer.headers["x-ms-error-code"]).toBeDefined();
    }
    // Refused before all of it has come.
    const large = { ...put, body: new Uint8Array(8 * 1024 * 1024) };
    expect((await https(bench.hub, pathOf(forged), large)).status).toBe(403);
    expect((await https(bench.hub, pathOf(place), { method: "DELETE" })).status).toBe(405);
    expect((await https(bench.hub, pathOf(place), put)).status).toBe(201);
    await expect(bench.hub.readBlob(other.blobName)).rejects.toMatchObject({ name: "GenericNotFound" });
  });

  it("may come in blocks from Azure's own client", async () => {
    const device = await newDevice();
    const place = await placeFor(device, "dir/big file");
    const { host, plainPort } = bench.hub.endpoints;
    const client = new BlockBlobClient(`http://${host}:${plainPort}${pathOf(place)}`);
    const block = Buffer.alloc(300_000, "abc");
    await client.uploadStream(Readable.from([block, block, block]), 256 * 1024, 4);
    expect((await client.getProperties()).contentLength).toBe(900_000);
    expect(Buffer.from(await bench.hub.readBlob(place.blobName))).toEqual(
      Buffer.concat([block, block, block]),
    );
  });

  it("of 64 MiB goes through in a stream with flat memory", async () => {
    const device = await newDevice();
    const place = await placeFor(device, "large");
    const [size, chunk] = [64 * 1024 * 1024, Buffer.alloc(65_536)];
    const sent = createHash("sha256");
    let most = 0;
    const file = Readable.from(
      (async function* () {
        for (let at = 0; at < size; at += chunk.length) {
          chunk.writeUInt32BE(at, 0);
          sent.update(chunk);
          if (at % (4 * 1024 * 1024) === 0) most = Math.max(most, bytesInUse());
          yield Buffer.from(chunk);
        }
      })(),
      { highWaterMark: 1 },
    );
    const before = bytesInUse();
    const put = await https(bench.hub, pathOf(place), {
      method: "PUT",
      headers: { "x-ms-blob-type": "BlockBlob", "content-length": String(size) },
      body: file,
    });
    expect(put.status).toBe(201);
    expect(most - before).toBeLessThan(24 * 1024 * 1024);
    const back = createHash("sha256").update(await bench.hub.readBlob(place.blobName));
    expect(back.digest("hex")).toBe(sent.digest("hex"));
  });

  it("that is broken off is no blob, and can be told of", async () => {
    const device = await newDevice();
    const place = await placeFor(device, "broken");
    const half = new Readable({ read() {} });
    half.push(Buffer.alloc(100_000));
    const put = https(bench.hub, pathOf(place), {
      method: "PUT",
      headers: { "x-ms-blob-type": "BlockBlob", "content-length": "200000" },
      body: half,
    });
    const failed = expect(put).rejects.toThrow();
    await bench.hub.faults.stopListening();
    await bench.hub.faults.listenAgain();
    await failed;
    half.destroy();
    await expect(bench.hub.readBlob(place.blobName)).rejects.toMatchObject({ name: "GenericNotFound" });
    const { authorization, path, id } = device;
    const { correlationId } = place;
    const body = { correlationId, isSuccess: false, statusCode: 499, statusDescription: "aborted" };
    await https(bench.hub, `${path}/notifications?${version}`, { headers: { authorization }, body });
    expect(bench.hub.uploads(id)).toMatchObject([{ state: "failed", notification: { statusCode: 499 } }]);
  });
});

describe("who may upload", slow, () => {
  const body = { blobName: "x" };

  it("are devices with certificates, of whichever kind, without a token", async () => {
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
    expect(wrong.text).toContain("the common name of the certificate is 'x'");
    expect((await https(bench.hub, `/devices/thumbprint/files?${version}`, { body })).status).toBe(401);
  });

  it("is nobody with a token of something else, an expired one, or none; the hub says so and why", async () => {
    const device = await newDevice();
    const other = await newDevice();
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

  it("is a device with ten uploads at most under way", async () => {
    const device = await newDevice();
    for (let at = 0; at < 10; at++) await placeFor(device, String(at));
    const { authorization, path } = device;
    const answer = await https(bench.hub, `${path}?${version}`, { headers: { authorization }, body });
    expect(answer.status).toBe(403);
    expect(answer.headers["iothub-errorcode"]).toBe("DeviceMaximumActiveFileUploadLimitExceeded");
    expect(JSON.parse((answer.json as { Message: string }).Message)).toMatchObject({ errorCode: 403006 });
  });

  it.each([
    ["", { body }, 400, 400001, "api-version is missing"],
    [`?${version}`, { body: "{" }, 400, 400006, "must be a JSON object"],
    [`?${version}`, { body: [] }, 400, 400006, "must be a JSON object"],
    [`?${version}`, { body: {} }, 400, 400004, "blobName must be a text"],
    [`/notifications?${version}`, { body: {} }, 400, 400015, "correlationId is not one of"],
    [`/notifications/MjAy?${version}`, { body: {} }, 400, 400015, "correlationId is not one of"],
    [`?${version}`, { method: "GET" }, 404, 404000, "There is no GET"],
    [`/other?${version}`, { body }, 404, 404000, "There is no POST"],
  ] as const)("is told what is wrong: %s %j", async (end, options, status, errorCode, text) => {
    const { authorization, path } = await newDevice();
    const answer = await https(bench.hub, path + end, { headers: { authorization }, ...options });
    expect(answer.status).toBe(status);
    expect(JSON.parse((answer.json as { Message: string }).Message)).toMatchObject({
      errorCode,
      message: expect.stringContaining(text),
    });
  });

  it("is a page as well", async () => {
    const device = await newDevice();
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
    const place = await placeFor(device, "x");
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

describe("a hub", slow, () => {
  it("without a storage says so, and has no blobs", async () => {
    await using hub = await startEmulator({ blobStorage: false });
    await hub.createDevice("d");
    const answer = await https(hub, `/devices/d/files?${version}`, {
      headers: { authorization: await deviceToken(hub, "d") },
      body: { blobName: "x" },
    });
    expect(answer.status).toBe(400);
    expect(JSON.parse((answer.json as { Message: string }).Message)).toMatchObject({
      errorCode: 400014,
      message: expect.stringContaining("no storage"),
    });
    expect(hub.uploads()).toEqual([]);
    expect(await https(hub, "/uploads/d/x?sig=x", { method: "PUT", body: "x" })).toMatchObject({
      status: 403,
      headers: { "x-ms-error-code": "AuthenticationFailed" },
    });
  });

  it("that is to have its storage at once has it, and takes it along when it is closed", async () => {
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

  it("that is down answers no request on its plain port either", async () => {
    const { id, authorization, path } = await newDevice();
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

describe("uploads over the control API", slow, () => {
  it("are listed, and read back", async () => {
    const device = await newDevice();
    const { correlationId, blobName } = await placeFor(device, "c");
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
