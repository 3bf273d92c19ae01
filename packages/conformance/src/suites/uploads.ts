import { describe, expect, it } from "vitest";
import { createDevice } from "../device.ts";
import type { Fixtures } from "../fixtures.ts";

const mebibyte = 1_048_576;

/** Yields bytes that depend on their position, so that a misplaced block is detected. */
export async function* numbered(pieces: number, size: number): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < pieces; n++) yield new Uint8Array(size).fill(n % 251);
}

/** Files are stored in a real Azurite, and the hub is notified of every outcome. */
export function uploadsSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("file upload", () => {
    it.each([
      ["a string", "grüß dich", "grüß dich"],
      ["bytes", new TextEncoder().encode("bytes"), "bytes"],
      ["a Blob", new Blob(["of", " parts"]), "of parts"],
      ["a ReadableStream", new Blob(["streamed"]).stream(), "streamed"],
      ["an empty array", new Uint8Array(), ""],
    ])("accepts %s, and notifies the hub", async (_, data, text) => {
      const { client, deviceId } = await createDevice(fixtures);
      const progress: unknown[] = [];
      const info = await client.uploadToBlob("folder/ä b.txt", data, {
        onProgress: (one) => progress.push(one),
      });
      expect(info.blobName).toBe(`${deviceId}/folder/ä b.txt`);
      expect(new TextDecoder().decode(await hub.readBlob(info.blobName))).toBe(text);
      expect(await hub.uploads(deviceId)).toMatchObject([
        { state: "succeeded", notification: { isSuccess: true, statusCode: 201 } },
      ]);
      if (text !== "")
        expect(progress.at(-1)).toMatchObject({ uploadedBytes: new TextEncoder().encode(text).length });
    });

    it("that is aborted notifies the hub of the failure", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const reason = new Error("changed my mind");
      const abort = new AbortController();
      const uploading = client.uploadToBlob("never.bin", numbered(256, mebibyte / 16), {
        signal: abort.signal,
        onProgress: ({ uploadedBytes }) => {
          if (uploadedBytes >= 8 * mebibyte) abort.abort(reason);
        },
      });
      await expect(uploading).rejects.toBe(reason);
      expect(await hub.uploads(deviceId)).toMatchObject([
        { state: "failed", notification: { isSuccess: false, statusCode: 499 } },
      ]);
    });

    it("whose source fails notifies the hub of the failure", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const failure = new Error("disk gone");
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield new Uint8Array(5 * mebibyte);
        throw failure;
      }
      await expect(client.uploadToBlob("broken.bin", broken())).rejects.toBe(failure);
      expect(await hub.uploads(deviceId)).toMatchObject([
        { state: "failed", notification: { isSuccess: false } },
      ]);
    });

    it("can be done in steps, as in Python", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const info = await client.getStorageInfoForBlob("steps.txt");
      expect(Object.keys(info).sort()).toEqual([
        "blobName",
        "containerName",
        "correlationId",
        "hostName",
        "sasToken",
      ]);
      await client.notifyBlobUploadStatus(info.correlationId, false, 500, "no luck");
      expect(await hub.uploads(deviceId)).toMatchObject([
        { notification: { isSuccess: false, statusCode: 500, statusDescription: "no luck" } },
      ]);
    });

    it("is rejected by the hub while ten uploads are open", async () => {
      const { client } = await createDevice(fixtures);
      const open = await Promise.all(
        Array.from({ length: 10 }, (_, n) => client.getStorageInfoForBlob(`file-${n}`)),
      );
      await expect(client.getStorageInfoForBlob("file-10")).rejects.toMatchObject({
        name: "ServiceError",
        statusCode: 403,
        errorCode: 403006,
      });
      for (const { correlationId } of open)
        await client.notifyBlobUploadStatus(correlationId, false, 499, "enough");
      await client.getStorageInfoForBlob("file-11");
    });

    it("rejects invalid data before connecting", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      const wrong = { name: "ArgumentError", code: "invalid_argument" };
      await expect(client.uploadToBlob("x", 5 as never)).rejects.toMatchObject(wrong);
      await expect(client.uploadToBlob("", "x")).rejects.toMatchObject(wrong);
      expect(await hub.uploads(deviceId)).toEqual([]);
    });

    it("is rejected for a device that the hub does not know", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await hub.deleteDevice(deviceId);
      await expect(client.getStorageInfoForBlob("x")).rejects.toMatchObject({
        name: "ServiceError",
        statusCode: 401,
      });
    });
  });
}
