// The provisioning client with an MQTT engine, an in-memory service and a virtual clock.
import { afterEach, describe, expect, it } from "vitest";
import { certificate } from "../../test/certificates.ts";
import { engineOfThisRun } from "../../test/engines.ts";
import { parseSasToken } from "../auth/sas-token.ts";
import { ClientError, ConnectionFailedError, ServiceError } from "../errors.ts";
import { MemoryProvisioning, provisioningHost } from "../testing/memory-provisioning.ts";
import { until } from "../testing/until.ts";
import type { ProvisioningOptions } from "./provisioning-client.ts";

const engine = engineOfThisRun();

const benches: MemoryProvisioning[] = [];
function bench(options?: ProvisioningOptions): MemoryProvisioning {
  const made = new MemoryProvisioning(engine, options);
  benches.push(made);
  return made;
}

// A finished registration must leave nothing behind.
afterEach(async () => {
  for (const { runtime } of benches.splice(0)) {
    await runtime.rest();
    expect(runtime.open).toHaveLength(0);
    expect(runtime.clock.timers).toBe(0);
    for (const { broken } of runtime.peers) expect(broken).toBeUndefined();
  }
});

const assigning = { operationId: "5.op", status: "assigning" };
const assigned = {
  operationId: "5.op",
  status: "assigned",
  registrationState: { deviceId: "d1", assignedHub: "hub.example", status: "assigned" },
};

describe("register", () => {
  it("connects, registers, polls when the service asks for it, and disconnects", async () => {
    const made = bench();
    const { client, runtime, progress, asked } = made;
    client.provisioningPayload = { model: "x" };
    const result = made.register();
    const register = await made.request(1);
    const [connect] = runtime.peer.all("connect");
    expect(connect).toMatchObject({ clientId: "reg-1", keepAlive: 60 });
    expect(connect?.username).toMatch(
      /^0ne00000000\/registrations\/reg-1\/api-version=2019-03-31&ClientVersion=isohub-memory%2F/,
    );
    expect(parseSasToken(connect?.password)).toMatchObject({
      resource: "0ne00000000/registrations/reg-1",
      keyName: "registration",
      expiry: Math.floor(runtime.clock.now() / 1000) + 3600,
    });
    expect(runtime.dialled).toMatchObject([{ host: provisioningHost, port: 8883, transport: "tcp" }]);
    expect(register).toMatchObject({
      type: "register",
      body: '{"registrationId":"reg-1","payload":{"model":"x"}}',
    });
    register.answer(202, assigning, 3);
    await until(() => progress.length === 3, "the answer");
    await runtime.pass(2999);
    expect(asked).toHaveLength(1);
    await runtime.pass(1);
    const poll = await made.request(2);
    expect(poll).toMatchObject({ type: "poll", operationId: "5.op", body: " " });
    poll.answer(200, assigned);
    expect(await result).toMatchObject({
      operationId: "5.op",
      status: "assigned",
      registrationState: { deviceId: "d1", assignedHub: "hub.example" },
    });
    expect(progress).toEqual([
      { status: "connecting", nextPollMs: undefined },
      { status: "registering", nextPollMs: undefined },
      { status: "assigning", nextPollMs: 3000 },
    ]);
    expect(runtime.peer.all("disconnect")).toHaveLength(1);
  });

  it("applies its options: gateway, WebSockets, certificates, ciphers and keep-alive", async () => {
    const made = bench({
      gatewayHostname: "gateway.example:444",
      websockets: true,
      serverVerificationCert: certificate,
      cipher: "tls_aes_128_gcm_sha256",
      keepAlive: 30,
      sastokenTtl: 600,
    });
    const result = made.register();
    const request = await made.request(1);
    const { runtime } = made;
    expect(runtime.dialled).toMatchObject([
      {
        transport: "websocket",
        host: "gateway.example",
        port: 444,
        path: "/$iothub/websocket",
        serverVerificationCert: certificate,
        cipher: "tls_aes_128_gcm_sha256",
      },
    ]);
    const [connect] = runtime.peer.all("connect");
    expect(connect?.keepAlive).toBe(30);
    const { expiry, resource, keyName } = parseSasToken(connect?.password);
    expect([resource, keyName]).toEqual(["0ne00000000/registrations/reg-1", "registration"]);
    expect(expiry).toBe(Math.ceil(runtime.clock.now() / 1000 + 600));
    request.answer(200, assigned);
    await result;
  });

  it("continues its operation after a lost connection, at the time that the service asked for", async () => {
    const made = bench();
    const { runtime, progress, asked } = made;
    const result = made.register();
    (await made.request(1)).answer(202, assigning, 30);
    await until(() => progress.length === 3, "the answer");
    runtime.peer.close(new Error("gone"));
    await runtime.pass(29_000);
    expect([runtime.dialled.length, asked.length]).toEqual([1, 1]);
    await runtime.pass(1000);
    const poll = await made.request(2);
    expect([poll.type, poll.operationId]).toEqual(["poll", "5.op"]);
    // Lost again before the answer to the poll: the backoff of the second loss in a row.
    runtime.peer.close(new Error("gone"));
    await runtime.pass(4000);
    const again = await made.request(3);
    expect([again.type, again.operationId]).toEqual(["poll", "5.op"]);
    again.answer(200, assigned);
    await result;
    expect(runtime.dialled).toHaveLength(3);
  });

  it("retries on a new connection if there is no answer", async () => {
    const made = bench();
    const { runtime } = made;
    const result = made.register();
    await made.request(1);
    await runtime.pass(12_000);
    const again = await made.request(2);
    expect([again.type, runtime.dialled.length]).toEqual(["register", 2]);
    again.answer(200, assigned);
    await result;
  });

  it("signs a new token for each connection", async () => {
    const made = bench({ sastokenTtl: 300 });
    const { runtime } = made;
    const result = made.register();
    await made.request(1);
    const [first] = runtime.peer.all("connect");
    runtime.peer.close(new Error("gone"));
    await runtime.pass(2000);
    (await made.request(2)).answer(200, assigned);
    await result;
    const [second] = runtime.peer.all("connect");
    expect(parseSasToken(second?.password).expiry).toBeGreaterThan(parseSasToken(first?.password).expiry);
  });

  it("is rejected during and after another call, unless that failed", async () => {
    const made = bench();
    const first = made.register();
    await expect(made.client.register()).rejects.toMatchObject({ code: "registration_running" });
    (await made.request(1)).answer(400, { errorCode: 400004, message: "bad", trackingId: "t-1" });
    await expect(first).rejects.toThrow(ServiceError);
    const second = made.register();
    (await made.request(2)).answer(200, assigned);
    await second;
    const spent = await made.client.register().catch((thrown: unknown) => thrown);
    expect(spent).toBeInstanceOf(ClientError);
    expect(spent).toMatchObject({ code: "registration_spent", remediation: expect.stringContaining("new") });
  });

  it.each([
    ["disabled", "registration_disabled"],
    ["failed", "registration_failed"],
    ["unassigned", "registration_unassigned"],
  ])("rejects with the whole answer of the service if the enrollment is %s", async (status, code) => {
    const made = bench();
    const result = made.register();
    const registrationState = {
      status,
      errorCode: 400207,
      errorMessage: "no room",
      substatus: "initialAssignment",
    };
    (await made.request(1)).answer(200, { operationId: "5.op", status, registrationState });
    const error = await result.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({
      code,
      statusCode: 200,
      retryable: false,
      errorCode: 400207,
      message: expect.stringMatching(/\(status 200, initialAssignment\): no room$/),
      registration: { operationId: "5.op", status, registrationState: { errorMessage: "no room" } },
    });
  });

  it.each([
    [0, 1000],
    [-5, 1000],
    [2_147_484, 3_600_000],
    [31_536_000, 3_600_000],
  ])("waits within limits if the service asks to wait %d seconds", async (seconds, ms) => {
    const made = bench();
    const abort = new AbortController();
    const result = made.register({ signal: abort.signal });
    (await made.request(1)).answer(202, { operationId: "5.op", status: "assigning" }, seconds);
    await until(() => made.progress.length === 3, "the wait");
    expect(made.progress.at(-1)).toEqual({ status: "assigning", nextPollMs: ms });
    await made.runtime.pass(Math.min(ms - 1, 10_000));
    expect(made.asked).toHaveLength(1);
    await made.runtime.pass(1);
    expect(made.asked).toHaveLength(ms === 1000 ? 2 : 1);
    abort.abort(new Error("enough"));
    await expect(result).rejects.toThrow("enough");
  });

  it("quotes the service on one line, up to 300 characters", async () => {
    const made = bench();
    const result = made.register();
    const text = `no\r\nroom${"x".repeat(100_000)}`;
    const registrationState = { status: "failed", errorMessage: text, substatus: text };
    (await made.request(1)).answer(200, { status: "failed", registrationState, trackingId: text });
    const error = (await result.catch((thrown: unknown) => thrown)) as ServiceError;
    expect(error.message).toMatch(/\(status 200, no roomx+…\): no roomx+…$/);
    expect(`${error.message}${error.trackingId}`.length).toBeLessThan(1100);
  });

  it("rejects with the status, code and tracking id of an error body", async () => {
    const made = bench();
    const result = made.register();
    (await made.request(1)).answer(401, { errorCode: 401002, trackingId: "t-1", message: "Unauthorized" });
    await expect(result).rejects.toMatchObject({
      code: "service_error",
      statusCode: 401,
      errorCode: 401002,
      trackingId: "t-1",
      message: expect.stringContaining("Unauthorized"),
    });
  });

  it("backs off from a busy service, and reports it", async () => {
    const made = bench();
    const { runtime, progress, asked } = made;
    const result = made.register();
    (await made.request(1)).answer(429, {}, 5);
    await until(() => progress.length === 3, "the answer");
    expect(progress[2]).toEqual({ status: "retrying", nextPollMs: 5000 });
    await runtime.pass(4999);
    expect(asked).toHaveLength(1);
    await runtime.pass(1);
    (await made.request(2)).answer(200, assigned);
    await result;
  });

  it("rejects after timeoutMs, by default five minutes", async () => {
    for (const [options, ms] of [
      [{ timeoutMs: 10_000 }, 10_000],
      [{}, 300_000],
    ] as const) {
      const made = bench();
      const result = made.register(options);
      (await made.request(1)).answer(202, assigning, 1_000_000);
      await until(() => made.progress.length === 3, "the answer");
      await made.runtime.pass(ms - 1, ms);
      expect(made.runtime.open).toHaveLength(1);
      await made.runtime.pass(1);
      await expect(result).rejects.toMatchObject({
        name: "OperationTimeoutError",
        code: "operation_timeout",
      });
    }
  });

  it("rejects with the reason of its signal, before and during the registration", async () => {
    const reason = new Error("aborted");
    const never = bench();
    await expect(never.register({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(never.runtime.dialled).toEqual([]);
    const made = bench();
    const controller = new AbortController();
    const result = made.register({ signal: controller.signal });
    await made.request(1);
    controller.abort(reason);
    await expect(result).rejects.toBe(reason);
  });

  it("rejects at once if the service can't be reached", async () => {
    const made = bench();
    made.runtime.onDial = () => Promise.reject(new ConnectionFailedError("connect_failed", "no way"));
    await expect(made.register()).rejects.toMatchObject({
      name: "ConnectionFailedError",
      code: "connect_failed",
    });
    expect(made.runtime.dialled).toHaveLength(1);
  });

  it("rejects with the error that onProgress throws", async () => {
    const made = bench();
    const error = new Error("progress");
    const result = made.client.register({
      onProgress: () => {
        throw error;
      },
    });
    await expect(result).rejects.toBe(error);
  });

  it("sends a certificate signing request with the API version that supports it", async () => {
    const made = bench();
    await expect(made.client.register({ csr: "-----BEGIN" })).rejects.toMatchObject({
      code: "invalid_argument",
    });
    const result = made.client.register({ csr: "MIIB" });
    const request = await made.request(1);
    expect(JSON.parse(request.body)).toEqual({ registrationId: "reg-1", csr: "MIIB" });
    expect(made.runtime.peer.all("connect")[0]?.username).toContain("/api-version=2025-07-01-preview&");
    const registrationState = { status: "assigned", issuedCertificateChain: ["AA==", "BB=="] };
    request.answer(200, { ...assigned, registrationState });
    expect((await result).registrationState?.issuedCertificateChain).toEqual(["AA==", "BB=="]);
  });
});
