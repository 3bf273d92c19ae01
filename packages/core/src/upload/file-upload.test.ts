// File uploads of a client to hubs and storage accounts that answer in unusual ways.
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { engineOfThisRun } from "../../test/engines.ts";
import { IsoHubError } from "../errors.ts";
import type { HttpRequest, HttpResponse } from "../runtime/runtime.ts";
import { deviceClassOn, MemoryDevice } from "../testing/memory-device.ts";
import { MemoryRuntime } from "../testing/memory-runtime.ts";
import { utf8 } from "../util/text.ts";

const signature = "sv=2021&sig=SeCrEt%3D";
const good = {
  correlationId: "c1",
  hostName: "account.blob.core.windows.net",
  containerName: "uploads",
  blobName: "d1/folder/ä b.txt",
  sasToken: `?${signature}`,
};

/** A device whose HTTPS requests a test answers. */
function device(answer: (request: HttpRequest) => Partial<Omit<HttpResponse, "body">> & { body?: unknown }) {
  const made = new MemoryDevice(engineOfThisRun());
  const requests: HttpRequest[] = [];
  made.runtime.onFetch = async (request) => {
    requests.push(request);
    const { status = 200, headers = {}, body } = answer(request);
    return { status, headers, body: utf8(typeof body === "string" ? body : (JSON.stringify(body) ?? "")) };
  };
  return { client: made.client, requests };
}

async function failureOf(running: Promise<unknown>): Promise<Error & { code?: string }> {
  const error: unknown = await running.then(
    () => new Error("It was accepted"),
    (failure: unknown) => failure,
  );
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("SeCrEt");
  return error as Error;
}

describe("the destination of an upload", () => {
  it("is the URL that the hub names, with each segment encoded, the default trust and no client certificate", async () => {
    const { client, requests } = device(({ method }) =>
      method === "PUT" ? { status: 201 } : { body: good },
    );
    await client.uploadToBlob("folder/ä b.txt", "data");
    expect(requests.map(({ method, url }) => [method, url])).toEqual([
      ["POST", "https://hub.example:443/devices/d1/files?api-version=2021-04-12"],
      [
        "PUT",
        `https://account.blob.core.windows.net/uploads/d1/folder/%C3%A4%20b.txt?${signature}&comp=block&blockid=MDAwMDAwMDA%3D`,
      ],
      [
        "PUT",
        `https://account.blob.core.windows.net/uploads/d1/folder/%C3%A4%20b.txt?${signature}&comp=blocklist`,
      ],
      ["POST", "https://hub.example:443/devices/d1/files/notifications?api-version=2021-04-12"],
    ]);
    expect(requests.map(({ publicTrust }) => publicTrust)).toEqual([undefined, true, true, undefined]);
  });

  it.each([
    ["account.blob.core.windows.net", "account.blob.core.windows.net"],
    ["localhost:10000", "localhost:10000"],
    ["127.0.0.1:1", "127.0.0.1:1"],
    ["[::1]:443", "[::1]:443"],
  ])("may have the host name %s", async (hostName) => {
    const { client } = device(() => ({ body: { ...good, hostName } }));
    expect(await client.getStorageInfoForBlob("x")).toMatchObject({ hostName });
  });

  it.each<[keyof typeof good, unknown]>([
    ["hostName", "a b"],
    ["hostName", "user:pw@host"],
    ["hostName", "host/x?y="],
    ["hostName", "host?x"],
    ["hostName", "host#x"],
    ["hostName", "host\\x"],
    ["hostName", "host:port"],
    ["hostName", "host:1234567"],
    ["hostName", "host\r\nx: y"],
    ["hostName", "https://host"],
    ["hostName", "-host"],
    ["hostName", ".."],
    ["hostName", ""],
    ["hostName", 5],
    ["hostName", null],
    ["containerName", "../../c"],
    ["containerName", ".."],
    ["containerName", "a/b"],
    ["containerName", "a?b"],
    ["containerName", ""],
    ["blobName", "../x"],
    ["blobName", "d1/./x"],
    ["blobName", ""],
    ["blobName", "d1/a\ud800b"],
    ["sasToken", ""],
    ["sasToken", "sig=SeCrEt#x"],
    ["sasToken", "sig=SeCrEt x"],
    ["sasToken", "sig=SeCrEt\n"],
    ["correlationId", ""],
    ["correlationId", {}],
  ])("is rejected for the %s %j, without the signature", async (name, value) => {
    const { client, requests } = device(() => ({ body: { ...good, [name]: value } }));
    for (const run of [() => client.getStorageInfoForBlob("x"), () => client.uploadToBlob("x", "data")]) {
      expect(await failureOf(run())).toMatchObject({
        name: "ProtocolError",
        code: "protocol_error",
        message: `The hub's response to an upload request has no valid '${name}'`,
      });
    }
    expect(requests.map(({ method }) => method)).toEqual(["POST", "POST"]);
  });

  it.each([undefined, "not JSON", "[]", "null", "<html>", '"text"'])(
    "is rejected for the response %j",
    async (body) => {
      const { client } = device(() => ({ body }));
      expect(await failureOf(client.getStorageInfoForBlob("x"))).toMatchObject({ code: "protocol_error" });
    },
  );
});

describe("the name of a blob", () => {
  it.each(["..", ".", "a/../b.txt", "./b.txt", "a/.", "a/..", "../../../other/x"])(
    "is rejected before connecting if a URL would fold it: %s",
    async (name) => {
      const { client, requests } = device(() => ({ body: good }));
      for (const run of [() => client.getStorageInfoForBlob(name), () => client.uploadToBlob(name, "x")]) {
        expect(await failureOf(run())).toMatchObject({
          name: "ArgumentError",
          code: "invalid_argument",
          message: expect.stringMatching(/^The blob name must be a path without '\.' and '\.\.'/),
        });
      }
      expect(requests).toEqual([]);
    },
  );

  it.each([[""], ["x".repeat(1025)], ["a\ud800b"], [5], [null], [undefined]])(
    "is rejected for %j",
    async (name) => {
      const { client, requests } = device(() => ({ body: good }));
      expect(await failureOf(client.getStorageInfoForBlob(name as string))).toMatchObject({
        code: "invalid_argument",
      });
      expect(requests).toEqual([]);
    },
  );

  it.each(["...", ".hidden", "a..b", "a/..b/c", "100%", "a?b#c", "a\\..\\b", "😀", "%2e%2e/x"])(
    "arrives as it is: %s",
    async (name) => {
      const { client, requests } = device(({ method }) =>
        method === "PUT" ? { status: 201 } : { body: { ...good, blobName: `d1/${name}` } },
      );
      await client.uploadToBlob(name, "x");
      const [, put] = requests;
      const path = new URL(put?.url ?? "").pathname.split("/").slice(3).map(decodeURIComponent).join("/");
      expect(path).toBe(name);
    },
  );
});

describe("a device id that a URL would fold", () => {
  it.each([".", ".."])("can't upload: %s", async (deviceId) => {
    const runtime = new MemoryRuntime();
    let requests = 0;
    runtime.onFetch = async () => {
      requests += 1;
      return { status: 403, headers: {}, body: new Uint8Array() };
    };
    const client = deviceClassOn(runtime, engineOfThisRun()).createFromConnectionString(
      `HostName=hub.example;DeviceId=${deviceId};SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=`,
    );
    expect(await failureOf(client.uploadToBlob("x", "data"))).toMatchObject({
      name: "ArgumentError",
      code: "invalid_argument",
      message: `The device id must be another id than '.' and '..', which URLs can't contain, got '${deviceId}'`,
    });
    expect(requests).toBe(0);
  });
});

describe("an error of a hub", () => {
  it.each([
    ["2147484", 3_600_000],
    ["-5", 0],
    ["1e102", 3_600_000],
    ["soon", undefined],
    ["7", 7000],
  ])("with retry-after: %s has a delay within limits", async (seconds, retryAfterMs) => {
    const { client } = device(() => ({ status: 429, headers: { "retry-after": seconds } }));
    expect(await failureOf(client.getStorageInfoForBlob("x"))).toMatchObject({
      statusCode: 429,
      retryAfterMs,
    });
  });

  it("is quoted on one line and cut", async () => {
    const text = `busy\r\nforged: line\u001b[31m${"x".repeat(100_000)}`;
    for (const body of [
      { message: text, trackingId: text },
      { Message: JSON.stringify({ message: text }) },
    ]) {
      const { client } = device(() => ({ status: 500, body }));
      const error = await failureOf(client.getStorageInfoForBlob("x"));
      expect(error).toBeInstanceOf(IsoHubError);
      const shown = `${error.message}${Reflect.get(error, "trackingId") ?? ""}`;
      expect(shown).toContain("busy forged: line [31mxxx");
      expect(shown).not.toMatch(/\p{Cc}/u);
      expect(shown.length).toBeLessThan(1000);
    }
  });

  it("of the storage account is quoted on one line", async () => {
    const { client } = device(({ method }) =>
      method === "PUT" ? { status: 403, headers: { "x-ms-error-code": "Auth\u0085Failed" } } : { body: good },
    );
    expect((await failureOf(client.uploadToBlob("x", "data"))).message).toBe(
      "The storage account answered with status 403 Auth Failed",
    );
  });
});

describe("an upload that makes no progress", () => {
  const stalled = (_request: HttpRequest, signal: AbortSignal): Promise<never> =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

  /** A device whose requests are answered up to the one that this accepts. */
  function stalling(isStalled: (request: HttpRequest) => boolean) {
    const made = new MemoryDevice(engineOfThisRun());
    const requests: HttpRequest[] = [];
    made.runtime.onFetch = async (request, signal) => {
      requests.push(request);
      if (isStalled(request)) return stalled(request, signal);
      return { status: 201, headers: {}, body: utf8(JSON.stringify(good)) };
    };
    return { made, client: made.client, requests };
  }
  const isNotification = ({ url }: HttpRequest): boolean => url.includes("/notifications");
  const isBlock = ({ method }: HttpRequest): boolean => method === "PUT";

  it("while the destination is requested, rejects after operationTimeoutMs", async () => {
    const { made, client } = stalling(() => true);
    const failure = failureOf(client.uploadToBlob("x", "data"));
    await made.pass(60_000, 10_000);
    expect(await failure).toMatchObject({ code: "operation_timeout" });
    await made.end();
  });

  it("while it is stored, rejects after a minute and the time for its size, and notifies the hub", async () => {
    const { made, client, requests } = stalling(isBlock);
    const failure = failureOf(client.uploadToBlob("x", new Uint8Array(80_000)));
    await made.rest();
    await made.pass(60_000, 10_000);
    expect(requests.filter(isNotification)).toEqual([]);
    await made.pass(10_000, 1000);
    expect(await failure).toMatchObject({
      code: "operation_timeout",
      message: "Storing a part of a file did not finish within 70000 ms",
    });
    expect(requests.filter(isNotification)).toHaveLength(1);
    expect(requests.find(isBlock)).toHaveProperty("idleTimeoutMs", 60_000);
    await made.end();
  });

  it.each([
    ["the destination is requested", () => true, 0],
    ["it is stored", isBlock, 1],
    ["the hub is notified", isNotification, 1],
  ] as const)(
    "is aborted by shutdown() while %s, and the hub is notified",
    async (_, isStalled, notified) => {
      const { made, client, requests } = stalling(isStalled);
      const failure = failureOf(client.uploadToBlob("x", "data"));
      await made.rest();
      let isDown = false;
      const down = client.shutdown().then(() => {
        isDown = true;
      });
      await made.rest();
      // Only requests to the hub that get no answer delay it.
      if (isStalled === isNotification) await made.pass(10_000);
      else if (isStalled !== isBlock) await made.pass(2000);
      await made.rest();
      expect(isDown).toBe(true);
      await down;
      expect(await failure).toMatchObject({ code: expect.stringMatching(/operation_(cancelled|timeout)/) });
      expect(requests.filter(isNotification)).toHaveLength(notified);
      await made.end();
    },
  );

  it.each(["shutdown()", "a signal", "timeoutMs"])(
    "that %s aborts while its destination is requested is ended at the hub, which has opened it",
    async (how) => {
      const made = new MemoryDevice(engineOfThisRun());
      const requests: HttpRequest[] = [];
      let answer = (): void => {};
      made.runtime.onFetch = async (request) => {
        requests.push(request);
        if (requests.length === 1)
          await new Promise<void>((resolve) => {
            answer = resolve;
          });
        return { status: 200, headers: {}, body: utf8(JSON.stringify(good)) };
      };
      const abort = new AbortController();
      const options = { signal: abort.signal, ...(how === "timeoutMs" ? { timeoutMs: 1000 } : {}) };
      const failure = failureOf(made.client.uploadToBlob("x", "data", options));
      await made.rest();
      if (how === "a signal") abort.abort();
      else if (how === "timeoutMs") await made.pass(1000);
      const down = how === "shutdown()" ? made.client.shutdown() : undefined;
      await made.rest();
      answer();
      await made.rest();
      await down;
      expect(await failure).toHaveProperty(how === "a signal" ? "name" : "code");
      expect(requests.map(({ method }) => method)).toEqual(["POST", "POST"]);
      expect(JSON.parse(new TextDecoder().decode(requests[1]?.body as Uint8Array))).toMatchObject({
        correlationId: "c1",
        isSuccess: false,
        statusCode: 499,
      });
      await made.end();
    },
  );

  it("because its source stalls, is aborted by shutdown(), too", async () => {
    const { made, client, requests } = stalling(() => false);
    async function* silent(): AsyncGenerator<Uint8Array> {
      yield utf8("begun");
      await new Promise(() => {});
    }
    const failure = failureOf(client.uploadToBlob("x", silent()));
    await made.rest();
    await client.shutdown();
    expect(await failure).toMatchObject({ code: "operation_cancelled" });
    expect(requests.filter(isNotification)).toHaveLength(1);
    await made.end();
  });

  it("and other requests of an upload are aborted by shutdown()", async () => {
    const { made, client } = stalling(() => true);
    const failures = [
      failureOf(client.getStorageInfoForBlob("x")),
      failureOf(client.notifyBlobUploadStatus("c", true, 200, "ok")),
    ];
    await made.rest();
    await client.shutdown();
    for (const failure of failures) expect(await failure).toMatchObject({ code: "operation_cancelled" });
    await made.end();
  });
});
