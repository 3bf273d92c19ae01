import { describe, expect, it } from "vitest";
import type { HttpRequest } from "../runtime/runtime.ts";
import { MemoryRuntime } from "../testing/memory-runtime.ts";
import { utf8 } from "../util/text.ts";
import { WorkloadClient } from "./workload-client.ts";

/** A client of a workload API that a test plays. */
function client(
  answer: { status?: number; body: unknown },
  { uri = "unix:///run/workload.sock", moduleId = "m1", generationId = "g 1" } = {},
): { workload: WorkloadClient; requests: HttpRequest[] } {
  const runtime = new MemoryRuntime();
  const requests: HttpRequest[] = [];
  runtime.onFetch = async (request) => {
    requests.push(request);
    const { status = 200, body } = answer;
    return { status, headers: {}, body: utf8(typeof body === "string" ? body : JSON.stringify(body)) };
  };
  const workload = new WorkloadClient({ runtime, uri, apiVersion: "2019-01-30", moduleId, generationId });
  return { workload, requests };
}

describe("the workload API", () => {
  it.each([
    ["unix:///run/workload.sock", "unix:/run/workload.sock:", "localhost"],
    ["http://172.18.0.1:15580", "http://172.18.0.1:15580", "172.18.0.1:15580"],
    ["http://localhost:1/", "http://localhost:1", "localhost:1"],
  ])("signs at %s", async (uri, prefix, host) => {
    const { workload, requests } = client({ body: { digest: "aGVsbG8=" } }, { uri });
    expect(await workload.sign("data")).toBe("aGVsbG8=");
    expect(requests).toMatchObject([
      {
        method: "POST",
        url: `${prefix}/modules/m1/genid/g%201/sign?api-version=2019-01-30`,
        headers: { host },
      },
    ]);
  });

  it.each([
    "",
    "unix://",
    "/run/workload.sock",
    "ftp://host",
    "http://",
    "http://a b",
    "http://me:s3cret@host",
  ])("isn't used at %j", (uri) => {
    const create = (): unknown => client({ body: {} }, { uri });
    expect(create).toThrow(
      expect.objectContaining({
        name: "ArgumentError",
        code: "invalid_argument",
        message: expect.stringMatching(
          /^IOTEDGE_WORKLOADURI must be unix:\/\/\/path or http:\/\/host:port, got (?!.*s3cret)/,
        ),
      }),
    );
  });

  it.each([{ moduleId: ".." }, { moduleId: "." }, { generationId: ".." }])(
    "isn't asked for an id that URLs fold: %j",
    async (ids) => {
      const { workload, requests } = client({ body: { digest: "aGVsbG8=" } }, ids);
      await expect(workload.sign("data")).rejects.toMatchObject({ code: "invalid_argument" });
      expect(requests).toEqual([]);
    },
  );

  it.each<[string, unknown]>([
    ["no JSON", "<html>"],
    ["no digest", {}],
    ["a digest of another type", { digest: 5 }],
    ["a digest that isn't base64", { digest: "&skn=owner" }],
    ["a digest that is too long", { digest: "A".repeat(100_000) }],
  ])("isn't believed if it sends %s", async (_, body) => {
    const { workload } = client({ body });
    await expect(workload.sign("data")).rejects.toMatchObject({
      name: "ProtocolError",
      code: "protocol_error",
    });
  });

  it("is quoted on one line if it refuses", async () => {
    const { workload } = client({ status: 404, body: { message: `no\r\nmodule${"x".repeat(100_000)}` } });
    const error = await workload.sign("data").catch((failure: Error) => failure);
    expect(error).toMatchObject({ name: "ServiceError", statusCode: 404 });
    expect(String(error)).toContain("with status 404: no modulexxx");
    expect(String(error).length).toBeLessThan(600);
  });
});
