import fc from "fast-check";
import { expect } from "vitest";
import { signSasToken } from "../../packages/core/src/auth/sas-token.ts";
import { endpointProvider } from "../../packages/core/src/auth/token-endpoint.ts";
import { WorkloadClient } from "../../packages/core/src/edge/workload-client.ts";
import type { Endpoint, HttpResponse, Transit } from "../../packages/core/src/runtime/runtime.ts";
import { MemoryRuntime } from "../../packages/core/src/testing/memory-runtime.ts";
import { HubHttp } from "../../packages/core/src/upload/hub-http.ts";
import { blobUrl, readStorageInfo } from "../../packages/core/src/upload/storage-info.ts";
import { attemptAsync } from "../coded.ts";
import { editedJson } from "../edited-json.ts";
import { editedText } from "../edits.ts";
import { defineTarget, type Target } from "../target.ts";

const transit: Transit = {
  serverVerificationCert: undefined,
  cipher: undefined,
  clientCertificate: undefined,
  proxy: undefined,
};
const endpoint: Endpoint = {
  ...transit,
  transport: "tcp",
  secure: true,
  host: "hub.example",
  port: 8883,
  path: "/",
};
const status = fc.constantFrom(200, 201, 204, 301, 400, 401, 403, 404, 429, 500, 503);
const headers = editedText(fc.constantFrom("3", "0.5", "Fri, 31 Dec 1999 23:59:59 GMT", "-1")).map(
  (value) => ({
    "retry-after": value,
  }),
);

function answers(body: unknown): fc.Arbitrary<HttpResponse> {
  return fc.record({ status, headers, body: editedJson(fc.constant(body)) });
}

function runtimeWith(response: HttpResponse): MemoryRuntime {
  const runtime = new MemoryRuntime();
  runtime.onFetch = async () => response;
  return runtime;
}

/** The workload API of an Edge device. */
export const workloadAnswers: Target = defineTarget(
  "workload-answers",
  fc.oneof(
    answers({ digest: "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd28=" }),
    answers({ certificate: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" }),
    answers({ message: "There is no module of this name" }),
  ),
  async (response) => {
    const runtime = runtimeWith(response);
    const uri = "unix:///run/workload.sock";
    const client = new WorkloadClient({
      runtime,
      uri,
      apiVersion: "2019-01-30",
      moduleId: "m",
      generationId: "g",
    });
    const token = await attemptAsync(() =>
      signSasToken(client, "hub.example/devices/d/modules/m", 2_000_000_000),
    );
    if ("value" in token)
      expect(token.value).toMatch(/^SharedAccessSignature sr=[\w%.-]+&sig=[\w%.-]+&se=\d+$/);
    await attemptAsync(() => client.trustBundle());
  },
);

/** A hub's answers to HTTPS requests: for uploads, and for calls of methods through a gateway. */
export const hubAnswers: Target = defineTarget(
  "hub-answers",
  fc.oneof(
    answers({
      correlationId: "c",
      hostName: "account.blob.core.windows.net",
      containerName: "files",
      blobName: "d1/a b/ü.txt",
      sasToken: "?sv=2018-03-28&sr=b&sig=x%3D&se=2030-01-01T00%3A00%3A00Z&sp=rw",
    }),
    answers({ Message: '{"errorCode":404001,"trackingId":"t","message":"Not found"}', ExceptionMessage: "" }),
    answers({ Message: "ErrorCode:DeviceNotFound;Not found", ExceptionMessage: "Tracking ID:t" }),
  ),
  async (response) => {
    const http = new HubHttp({
      runtime: runtimeWith(response),
      userAgent: "fuzz",
      target: async () => ({
        endpoint,
        identity: { hostName: "hub.example", deviceId: "d", moduleId: undefined },
        credential: { kind: "certificate", password: async () => undefined },
      }),
    });
    const url = await attemptAsync(async () => {
      const signal = new AbortController().signal;
      return blobUrl(readStorageInfo(await http.post("Uploading", () => "/files", {}, signal)), "comp=block");
    });
    if (!("value" in url)) return;
    const { protocol, username, hash } = new URL(url.value);
    expect([protocol, username, hash]).toEqual(["https:", "", ""]);
  },
);

/** A token broker, as its clients see it. */
export const tokenAnswers: Target = defineTarget(
  "token-answers",
  fc.oneof(
    answers({
      token: "SharedAccessSignature sr=a&sig=b&se=1",
      expiresAt: "2030-01-01T00:00:00Z",
      deviceId: "d",
    }),
    answers({ title: "Device not allowed", status: 403, code: "device_not_allowed", detail: "Not yours" }),
  ),
  async (response) => {
    const url = "https://broker.example/token?key=secret-of-the-query";
    const checked = { url, headers: () => ({ authorization: "Bearer x" }), body: {} };
    const provider = endpointProvider(runtimeWith(response), transit, checked);
    const token = await attemptAsync(async () => provider({ signal: new AbortController().signal }));
    if ("value" in token) expect(token.value).toBeTypeOf("string");
    else expect(token.error.message).not.toContain("secret-of-the-query");
  },
);
