import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BlockBlobClient } from "@azure/storage-blob";
import { describe, expect, it } from "vitest";
import { call } from "../testing/control.ts";
import { TestBench } from "../testing/emulator.ts";
import { https } from "../testing/https.ts";
import { newUploader, pathOf, requestUpload, type UploadTarget, version } from "../testing/upload.ts";
import { vector } from "../testing/vectors.ts";

const bench = new TestBench();

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function bytesInUse(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

describe("an upload", () => {
  it("takes three requests, in the form of Python", async () => {
    const { id, authorization, path } = await newUploader(bench);
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
    const place = answer.json as UploadTarget;
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

  it("ends in the form of Node, with the encoded correlation id in the path", async () => {
    const { id, authorization, path } = await newUploader(bench);
    const { correlationId } = await requestUpload(bench, { authorization, path }, "b.txt");
    const { body } = (vector("http-03").expected as { notify: { body: string } }).notify;
    const target = `${path}/notifications/${encodeURIComponent(correlationId)}?${version}`;
    const options = { headers: { authorization, "iothub-name": "localhost" }, body };
    expect((await https(bench.hub, target, options)).status).toBe(204);
    expect(bench.hub.uploads(id)).toMatchObject([{ state: "succeeded" }]);
    expect((await https(bench.hub, target, options)).status).toBe(400);
  });

  it.each(["a+b", "-:.+%_#*?!(),=@$'"])("works for a device named %s", async (id) => {
    const device = await newUploader(bench, id);
    // Python encodes a space as a plus, and a plus as all clients do.
    expect(device.path).not.toContain("+");
    const place = await requestUpload(bench, device, "dir/ä +%2F&.bin");
    expect(place.blobName).toBe(`${id}/dir/ä +%2F&.bin`);
    const put = { method: "PUT", headers: { "x-ms-blob-type": "BlockBlob" }, body: "x" };
    expect((await https(bench.hub, pathOf(place), put)).status).toBe(201);
    // In one segment, as the official Node client encodes it.
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

  it("reads a plus in the path as a space, as Python encodes it", async () => {
    const { authorization } = await newUploader(bench, "a.b");
    const answer = await https(bench.hub, `/devices/a+b/files?${version}`, {
      headers: { authorization },
      body: { blobName: "x" },
    });
    expect(answer.status).toBe(401);
    expect(answer.text).toContain("'a b' is not registered");
  });

  it("grants access to its own blob only, for writing and reading", async () => {
    const device = await newUploader(bench);
    const place = await requestUpload(bench, device, "mine");
    const put = { method: "PUT", headers: { "x-ms-blob-type": "BlockBlob" }, body: "x" };
    const other = { ...place, blobName: `${device.id}/other` };
    const forged = { ...place, sasToken: place.sasToken.replace(/sig=.{4}/, "sig=AAAA") };
    const late = { ...place, sasToken: place.sasToken.replace(/se=\d{4}/, "se=2999") };
    for (const wrong of [other, forged, late, { ...place, sasToken: "" }]) {
      const answer = await https(bench.hub, pathOf(wrong), put);
      expect([403, 404]).toContain(answer.status);
      expect(answer.headers["x-ms-error-code"]).toBeDefined();
    }
    // Rejected before all of it has arrived.
    const large = { ...put, body: new Uint8Array(8 * 1024 * 1024) };
    expect((await https(bench.hub, pathOf(forged), large)).status).toBe(403);
    expect((await https(bench.hub, pathOf(place), { method: "DELETE" })).status).toBe(405);
    expect((await https(bench.hub, pathOf(place), put)).status).toBe(201);
    await expect(bench.hub.readBlob(other.blobName)).rejects.toMatchObject({ name: "GenericNotFound" });
  });

  it("can use blocks, with Azure's client", async () => {
    const device = await newUploader(bench);
    const place = await requestUpload(bench, device, "dir/big file");
    const { host, plainPort } = bench.hub.endpoints;
    const client = new BlockBlobClient(`http://${host}:${plainPort}${pathOf(place)}`);
    const block = Buffer.alloc(300_000, "abc");
    await client.uploadStream(Readable.from([block, block, block]), 256 * 1024, 4);
    expect((await client.getProperties()).contentLength).toBe(900_000);
    expect(Buffer.from(await bench.hub.readBlob(place.blobName))).toEqual(
      Buffer.concat([block, block, block]),
    );
  });

  it("of 64 MiB is streamed with constant memory", async () => {
    const device = await newUploader(bench);
    const place = await requestUpload(bench, device, "large");
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

  it("that is aborted leaves no blob, and can be reported", async () => {
    const device = await newUploader(bench);
    const place = await requestUpload(bench, device, "broken");
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
