import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeBase64, encodePercent, utf8 } from "@isohub/core/internal";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmulator } from "../start-emulator.ts";
import { call } from "../testing/control.ts";
import { connect } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";
import { vector } from "../testing/vectors.ts";
import type { Workload } from "./workloads.ts";

const bench = new TestBench();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isohub-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Sends a request as Python does: without a content type, and for `localhost` over a socket. */
function ask(
  { uri }: Workload,
  method: string,
  path: string,
  body?: string,
): Promise<{ status: number; json: Record<string, string> }> {
  const socketPath = uri.startsWith("unix://") ? uri.slice("unix://".length) : undefined;
  const where = socketPath === undefined ? { port: new URL(uri).port, host: "127.0.0.1" } : { socketPath };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { ...where, method, path, headers: { host: "localhost" }, agent: false },
      (response) => {
        let text = "";
        response.on("data", (part: Buffer) => {
          text += part;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, json: JSON.parse(text) }));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

async function start(kind: "unix" | "tcp", moduleId = "m"): Promise<{ workload: Workload; key: string }> {
  const key = await bench.newModule(moduleId);
  const [deviceId = ""] = key.split("/");
  const where = kind === "unix" ? { socketPath: join(folder, `${deviceId}.sock`) } : {};
  return { workload: await bench.hub.startWorkload({ deviceId, moduleId, ...where }), key };
}

describe.each(["unix", "tcp"] as const)("a workload API over %s", (kind) => {
  it("returns its address, and the environment of the module", async () => {
    const { workload, key } = await start(kind);
    const [deviceId = ""] = key.split("/");
    const { generationId } = await bench.hub.getModule(deviceId, "m");
    const uri =
      kind === "unix" ? `unix://${folder}/${deviceId}.sock` : expect.stringMatching(/^http:..127.0.0.1:\d+$/);
    expect(workload).toMatchObject({ uri, generationId, apiVersion: "2019-01-30" });
    expect(workload.environment).toEqual({
      IOTEDGE_WORKLOADURI: uri,
      IOTEDGE_APIVERSION: "2019-01-30",
      IOTEDGE_IOTHUBHOSTNAME: "localhost",
      IOTEDGE_GATEWAYHOSTNAME: `localhost:${bench.hub.endpoints.port}`,
      IOTEDGE_DEVICEID: deviceId,
      IOTEDGE_MODULEID: "m",
      IOTEDGE_MODULEGENERATIONID: generationId,
      IOTEDGE_AUTHSCHEME: "sasToken",
    });
    expect(bench.hub.workloads()).toContain(workload);
    await workload.close();
    expect(bench.hub.workloads()).not.toContain(workload);
  });

  it("returns the trust bundle, and signs tokens with which the module connects", async () => {
    const { workload, key } = await start(kind, "$edgeAgent");
    const { first, second } = vector("edge-01").expected as { first: string; second: string };
    expect(await ask(workload, ...(first.split(" ") as [string, string]))).toEqual({
      status: 200,
      json: { certificate: bench.hub.ca },
    });
    const [deviceId = ""] = key.split("/");
    const resource = encodePercent(`localhost/devices/${deviceId}/modules/$edgeAgent`);
    const expiry = Math.floor(Date.now() / 1000) + 600;
    const path = second
      .replace("POST ", "")
      .replace("mod%201", "%24edgeAgent")
      .replace("gen1", workload.generationId);
    for (const keyId of ["primary", "secondary"]) {
      const data = encodeBase64(utf8(`${resource}\n${expiry}`));
      const signed = await ask(workload, "POST", path, JSON.stringify({ keyId, algo: "HMACSHA256", data }));
      expect(signed.status).toBe(200);
      const token = `SharedAccessSignature sr=${resource}&sig=${encodePercent(signed.json["digest"] ?? "")}&se=${expiry}`;
      const module = await connect(bench.hub, key, { transport: "tls", token });
      await module.end();
    }
    await workload.close();
  });

  it("serves the other modules of its device, and answers invalid requests with a message", async () => {
    const { workload, key } = await start(kind);
    const [deviceId = ""] = key.split("/");
    const other = await bench.hub.createModule(deviceId, "other");
    const byCertificate = await bench.hub.createModule(deviceId, "x509", {
      authentication: "certificateAuthority",
    });
    const foreign = await bench.hub.getModule(await newForeignDevice(), "m");
    const body = { keyId: "primary", algo: "HMACSHA256", data: "eA==" };
    const sign = (module: string, generation: string, more: object = {}, query = "?api-version=2019-01-30") =>
      ask(
        workload,
        "POST",
        `/modules/${encodePercent(module)}/genid/${generation}/sign${query}`,
        JSON.stringify({ ...body, ...more }),
      );
    expect((await sign("other", other.generationId)).status).toBe(200);
    const cases = [
      [sign("unknown", "1"), 404, "There is no key of the module unknown of generation 1"],
      [sign("other", workload.generationId), 404, "There is no key of the module"],
      [sign("m", foreign.generationId), 404, "There is no key of the module"],
      [sign("x509", byCertificate.generationId), 404, "There is no key of the module"],
      [
        sign("other", other.generationId, {}, ""),
        400,
        "api-version must be a date such as 2019-01-30, got ''",
      ],
      [
        sign("other", other.generationId, {}, "?api-version=new"),
        400,
        "api-version must be a date such as 2019-01-30, got 'new'",
      ],
      [
        sign("other", other.generationId, { keyId: "third" }),
        400,
        "keyId must be primary or secondary, got 'third'",
      ],
      [sign("other", other.generationId, { algo: "MD5" }), 400, "algo must be HMACSHA256, got 'MD5'"],
      [sign("other", other.generationId, { data: "no base64!" }), 400, "data must be base64"],
      [sign("other", other.generationId, { data: undefined }), 400, "data must be base64"],
      [
        ask(workload, "POST", `/modules/m/genid/${workload.generationId}/sign?api-version=2019-01-30`, "{"),
        400,
        "keyId",
      ],
      [ask(workload, "GET", "/trust-bundle"), 400, "api-version"],
      [ask(workload, "GET", "/modules?api-version=2019-01-30"), 404, "There is no GET /modules"],
    ] as const;
    for (const [asked, status, message] of cases) {
      const { json, ...answer } = await asked;
      expect(json).toEqual({ message: expect.stringContaining(message) });
      expect(answer.status).toBe(status);
    }
    await workload.close();
  });

  it("ends when it is closed, alone or with its emulator", async () => {
    const { workload } = await start(kind);
    await workload.close();
    await workload.close();
    await expect(ask(workload, "GET", "/trust-bundle?api-version=2019-01-30")).rejects.toThrow();
    const hub = await startEmulator();
    await hub.createDevice("d");
    await hub.createModule("d", "m");
    const where = kind === "unix" ? { socketPath: join(folder, "closed.sock") } : { port: 0 };
    const workload2 = await hub.startWorkload({ deviceId: "d", moduleId: "m", ...where });
    await hub.close();
    await expect(ask(workload2, "GET", "/trust-bundle?api-version=2019-01-30")).rejects.toThrow();
    expect(existsSync(join(folder, "closed.sock"))).toBe(false);
  });
});

async function newForeignDevice(): Promise<string> {
  const [deviceId = ""] = (await bench.newModule()).split("/");
  return deviceId;
}

it("a workload API is refused without its module, with two addresses, and with an address in use", async () => {
  const { workload, key } = await start("unix");
  const [deviceId = ""] = key.split("/");
  const [, socketPath = ""] = workload.uri.split("unix://");
  const module = { deviceId, moduleId: "m" };
  const fails = (options: object): Promise<unknown> =>
    bench.hub.startWorkload({ ...module, ...options }).catch((error: unknown) => error);
  expect(await fails({ moduleId: "x" })).toMatchObject({ name: "ModuleNotFound" });
  expect(await fails({ socketPath: "a", port: 0 })).toMatchObject({ name: "ArgumentInvalid" });
  expect(await fails({ socketPath: "x".repeat(104) })).toMatchObject({ name: "ArgumentInvalid" });
  expect(await fails({ socketPath })).toMatchObject({ code: "EADDRINUSE" });
  const { port } = new URL((await bench.hub.startWorkload(module)).uri);
  expect(await fails({ port: Number(port) })).toMatchObject({ code: "EADDRINUSE" });
});

it("workload APIs are started, listed and ended over the control API", async () => {
  const [deviceId = ""] = (await bench.newModule()).split("/");
  const started = await call(bench.hub, "POST", "/workloads", { deviceId, moduleId: "m", port: 0 });
  expect(started).toMatchObject({
    status: 201,
    body: {
      uri: expect.stringMatching(/^http:/),
      environment: { IOTEDGE_DEVICEID: deviceId, IOTEDGE_MODULEID: "m" },
    },
  });
  const workload = started.body as Workload;
  expect((await ask(workload, "GET", "/trust-bundle?api-version=2019-01-30")).status).toBe(200);
  expect((await call(bench.hub, "GET", "/workloads")).body).toContainEqual(workload);
  expect((await call(bench.hub, "DELETE", `/workloads/${workload.id}`)).status).toBe(204);
  expect((await call(bench.hub, "DELETE", `/workloads/${workload.id}`)).status).toBe(404);
  for (const [body, message] of [
    [{ moduleId: "m" }, "deviceId must be a string, got undefined"],
    [{ deviceId, moduleId: "x" }, "ModuleNotFound"],
    [{ deviceId, moduleId: "m", port: "1" }, "port must be an integer from 0 to 65535, got '1'"],
    [{ deviceId, moduleId: "m", uri: "x" }, "'uri' isn't a field; the fields are deviceId"],
  ] as const) {
    expect(JSON.stringify((await call(bench.hub, "POST", "/workloads", body)).body)).toContain(message);
  }
});
