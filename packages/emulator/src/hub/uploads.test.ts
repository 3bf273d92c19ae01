import { describe, expect, it } from "vitest";
import { testHub } from "../testing/hub.ts";

const done = { isSuccess: true, statusCode: 201, statusDescription: "Created" };

describe("a file upload", () => {
  it("begins with its own blob and ends with a notification", async () => {
    const hub = testHub();
    const upload = hub.uploads.start("d1", "dir/a b.txt");
    expect(upload).toEqual({
      deviceId: "d1",
      correlationId: expect.stringMatching(/^[A-Za-z0-9+/]{22}==$/),
      blobName: "d1/dir/a b.txt",
      state: "open",
      startedTime: "2026-01-01T00:00:00.000Z",
      expiryTime: "2026-01-01T01:00:00.000Z",
    });
    const { correlationId, blobName } = upload;
    hub.uploads.notify("d1", correlationId, done);
    expect(hub.uploads.list()).toEqual([{ ...upload, state: "succeeded", notification: done }]);
    expect(hub.seen).toMatchObject([
      { type: "fileUploadStarted", deviceId: "d1", correlationId, blobName },
      { type: "fileUploadNotified", deviceId: "d1", correlationId, blobName, ...done },
    ]);
    const failed = hub.uploads.start("d1", "b");
    // Missing fields are empty.
    hub.uploads.notify("d1", failed.correlationId, { isSuccess: false });
    expect(hub.uploads.list("d1")[1]).toMatchObject({
      state: "failed",
      notification: { isSuccess: false, statusCode: 0, statusDescription: "" },
    });
    expect(hub.uploads.list("d2")).toEqual([]);
  });

  it.each(["", undefined, null, 7, ["a"], "x".repeat(1025)])("is refused with the blob name %j", (name) => {
    const hub = testHub();
    expect(() => hub.uploads.start("d1", name)).toThrow(
      expect.objectContaining({ name: "ArgumentInvalid", errorCode: 400004 }),
    );
    expect(hub.uploads.list()).toEqual([]);
    hub.uploads.start("d1", "x".repeat(1024));
  });

  it("is one of up to ten open uploads of a device", async () => {
    const hub = testHub();
    hub.identities.create({ deviceId: "d2" }, {});
    const uploads = Array.from({ length: 10 }, (_, at) => hub.uploads.start("d1", String(at)));
    expect(() => hub.uploads.start("d1", "more")).toThrow(
      expect.objectContaining({
        name: "DeviceMaximumActiveFileUploadLimitExceeded",
        errorCode: 403006,
        statusCode: 403,
      }),
    );
    hub.uploads.start("d2", "other device");
    hub.uploads.notify("d1", uploads[3]?.correlationId, { isSuccess: false });
    hub.uploads.start("d1", "more");
    expect(() => hub.uploads.start("d1", "yet more")).toThrow("up to 10 open uploads");
    // Uploads that never end make room when they expire.
    await hub.clock.advance(3_600_001);
    expect(hub.uploads.list("d1").map(({ state }) => state)).toEqual(
      Array.from({ length: 11 }, (_, at) => (at === 3 ? "failed" : "expired")),
    );
    for (let at = 0; at < 10; at++) hub.uploads.start("d1", "new");
  });

  it("ends once, by its device, within an hour", async () => {
    const hub = testHub();
    hub.identities.create({ deviceId: "d2" }, {});
    const { correlationId } = hub.uploads.start("d1", "a");
    for (const [device, id] of [
      ["d2", correlationId],
      ["d1", "MjAy"],
      ["d1", undefined],
      ["d1", 5],
    ] as const) {
      expect(() => hub.uploads.notify(device, id, done)).toThrow(
        expect.objectContaining({ name: "InvalidFileUploadCorrelationId", errorCode: 400015 }),
      );
    }
    await hub.clock.advance(3_600_000);
    hub.uploads.notify("d1", correlationId, done);
    expect(() => hub.uploads.notify("d1", correlationId, done)).toThrow(
      "correlationId must be that of an open upload of this device",
    );
    const late = hub.uploads.start("d1", "b");
    await hub.clock.advance(3_600_001);
    expect(() => hub.uploads.notify("d1", late.correlationId, done)).toThrow(
      expect.objectContaining({ name: "ExpiredFileUploadCorrelationId", errorCode: 400016 }),
    );
  });

  it("ends with fields that are null, as the Java SDK sends them", () => {
    const hub = testHub();
    const { correlationId } = hub.uploads.start("d1", "a");
    hub.uploads.notify("d1", correlationId, { isSuccess: true, statusCode: null, statusDescription: null });
    expect(hub.uploads.list("d1")).toMatchObject([
      { state: "succeeded", notification: { isSuccess: true, statusCode: 0, statusDescription: "" } },
    ]);
  });

  it.each([
    {},
    { isSuccess: "true" },
    { ...done, statusCode: "200" },
    { ...done, statusCode: 1.5 },
    { ...done, statusDescription: 1 },
  ])("doesn't end with %j", (body) => {
    const hub = testHub();
    const { correlationId } = hub.uploads.start("d1", "a");
    expect(() => hub.uploads.notify("d1", correlationId, body)).toThrow(
      expect.objectContaining({ name: "InvalidFileUploadCompletionStatus", errorCode: 400019 }),
    );
    expect(hub.uploads.list()[0]?.state).toBe("open");
  });

  it("requires an existing device, and is deleted with it", () => {
    const hub = testHub();
    hub.identities.create({ deviceId: "d1", moduleId: "m" }, {});
    for (const id of ["nobody", "d1/m"]) {
      expect(() => hub.uploads.start(id, "a")).toThrow(expect.objectContaining({ name: "DeviceNotFound" }));
    }
    hub.uploads.start("d1", "a");
    hub.identities.delete({ deviceId: "d1" });
    expect(hub.uploads.list()).toEqual([]);
  });

  it("is kept for a while after its end", () => {
    const hub = testHub();
    const open = hub.uploads.start("d1", "open");
    for (let at = 0; at < 1200; at++) {
      hub.uploads.notify("d1", hub.uploads.start("d1", "a").correlationId, done);
    }
    expect(hub.uploads.list()).toHaveLength(1000);
    expect(hub.uploads.list()[0]).toEqual(open);
  });
});
