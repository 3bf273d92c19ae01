import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { connect as tlsConnect } from "node:tls";
import { deriveDeviceKey } from "@isohub/core";
import mqtt from "mqtt";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import type { Emulator } from "../api/emulator.ts";
import { createCertificate, createCertificateAuthority } from "../certificates/node/client-certificate.ts";
import type { EmulatorOptions } from "../config/options.ts";
import { createControlClient } from "../control-client.ts";
import type { RegistrationOperation, RegistrationState } from "../provisioning/registration-record.ts";
import { startEmulator } from "../start-emulator.ts";
import { connect } from "../testing/device.ts";
import { registrationToken } from "../testing/provisioning.ts";
import { ownVersion } from "../version.ts";

const running = new Set<Emulator>();

async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ provisioningRetryAfterSeconds: 0, ...options });
  running.add(emulator);
  return emulator;
}

async function stop(emulator: Emulator): Promise<void> {
  running.delete(emulator);
  await emulator.close();
}

/** Starts a hub that joins another one. */
function join(first: Emulator, joinAs: string, options: EmulatorOptions = {}): Promise<Emulator> {
  return start({ join: first.endpoints.controlUrl, joinAs, ...options });
}

afterEach(async () => {
  for (const emulator of [...running].reverse()) await stop(emulator);
});

/** Registers a device over HTTP. Resolves with the status of the answer and the state. */
async function register(
  { endpoints, idScope }: Emulator,
  registrationId: string,
  key: string,
): Promise<{ status: number; state?: RegistrationState | undefined; message?: string }> {
  const headers = { authorization: await registrationToken(key, registrationId, { scope: idScope }) };
  const base = `http://127.0.0.1:${endpoints.plainPort}/${idScope}/registrations/${registrationId}`;
  const body = JSON.stringify({ registrationId });
  const put = await fetch(`${base}/register?api-version=2021-06-01`, { method: "PUT", headers, body });
  const { operationId } = (await put.json()) as RegistrationOperation;
  for (;;) {
    const get = await fetch(`${base}/operations/${operationId}?api-version=2021-06-01`, { headers });
    const answer = (await get.json()) as RegistrationOperation & { message?: string };
    if (get.status === 202) continue;
    const { registrationState: state, message } = answer;
    return { status: get.status, state, ...(message === undefined ? {} : { message }) };
  }
}

/** Creates a group whose devices any hub may get, and returns a function that registers one. */
async function group(
  first: Emulator,
  options: Parameters<Emulator["createEnrollmentGroup"]>[1] = {},
): Promise<(id: string) => ReturnType<typeof register>> {
  const { primaryKey } = await first.createEnrollmentGroup("factory", { hubs: ["*"], ...options });
  return async (id) => register(first, id, await deriveDeviceKey(primaryKey, id));
}

/** Returns a port that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

it("an enrollment can name a hub that the configuration announces; its devices try again until the hub has joined", async () => {
  const key = Buffer.alloc(32, 7).toString("base64");
  const enrollment = { hubs: ["line-2"], attestation: { type: "symmetricKey", primaryKey: key } } as const;
  const seed = { joinedHubs: ["line-2"], enrollments: [{ registrationId: "d1", ...enrollment }] };
  const first = await start({ seed });
  const problem = "The hub 'line-2' hasn't joined yet.";
  expect(await register(first, "d1", key)).toMatchObject({ status: 503, message: problem });
  await first.createEnrollment("d2", { hubs: ["line-2"] });
  await expect(first.createEnrollment("d3", { hubs: ["line-3"] })).rejects.toThrow("is not a hub");
  const joined = await join(first, "line-2");
  const { state } = await register(first, "d1", key);
  expect(state?.assignedHub).toBe(`localhost:${joined.endpoints.port}`);
});

describe("a hub that joins", () => {
  it("gets devices of a group, which connect with the trust they have", async () => {
    const first = await start();
    const joined = await join(first, "line-2");
    expect(joined.ca).toBe(first.ca);
    expect(first.joinedHubs()).toEqual([
      {
        name: "line-2",
        host: `localhost:${joined.endpoints.port}`,
        controlUrl: joined.endpoints.controlUrl,
        version: expect.any(String),
        isAvailable: true,
      },
    ]);
    const enrol = await group(first, { hubs: ["line-2"], initialTwin: { desired: { n: 1 } } });
    const { state } = await enrol("d1");
    expect(state).toMatchObject({ assignedHub: `localhost:${joined.endpoints.port}`, deviceId: "d1" });
    expect((await joined.getTwin("d1")).properties.desired).toMatchObject({ n: 1 });
    expect(await first.listDevices()).toEqual([]);
    // With its own trust, checked below, and a key derived from the group's.
    const device = await connect(joined, "d1", { transport: "tls" });
    await device.client.publishAsync("devices/d1/messages/events/", "x", { qos: 1 });
    expect(joined.telemetry("d1")).toHaveLength(1);
    expect(first.telemetry()).toEqual([]);
    const socket = tlsConnect({ port: joined.endpoints.port, host: "localhost", ca: first.ca });
    onTestFinished(() => void socket.destroy());
    await expect.poll(() => socket.authorized).toBe(true);
    await device.end();
  });

  it("names the hub that it has joined, and assigns pages to its plain port", async () => {
    const first = await start();
    const joined = await join(first, "line-2");
    const { controlUrl: url } = first.endpoints;
    const status = await createControlClient(joined.endpoints.controlUrl).joinStatus();
    expect(status).toEqual({ name: "line-2", url, instance: expect.any(String), isJoined: true });
    await expect(createControlClient(url).joinStatus()).rejects.toMatchObject({ name: "GenericNotFound" });
    const { primaryKey } = await first.createEnrollment("page", { hubs: ["line-2"] });
    const client = await mqtt.connectAsync(`ws://127.0.0.1:${first.endpoints.plainPort}/$iothub/websocket`, {
      clientId: "page",
      username: `${first.idScope}/registrations/page/api-version=2019-03-31`,
      password: await registrationToken(primaryKey, "page", { scope: first.idScope }),
      reconnectPeriod: 0,
    });
    const answers: { registrationState?: RegistrationState; operationId?: string }[] = [];
    client.on("message", (_topic, payload) => void answers.push(JSON.parse(payload.toString())));
    await client.subscribeAsync("$dps/registrations/res/#");
    const body = JSON.stringify({ registrationId: "page" });
    await client.publishAsync("$dps/registrations/PUT/iotdps-register/?$rid=1", body);
    await expect
      .poll(async () => {
        const id = answers[0]?.operationId;
        const topic = `$dps/registrations/GET/iotdps-get-operationstatus/?$rid=2&operationId=${id}`;
        if (id !== undefined) await client.publishAsync(topic, "");
        return answers.at(-1)?.registrationState?.assignedHub;
      })
      .toBe(`ws://localhost:${joined.endpoints.plainPort}`);
    await client.endAsync(true);
  });

  it("hands twins over when a device moves, in both directions", async () => {
    const first = await start();
    const joined = await join(first, "line-2");
    const enrol = await group(first, { hubs: ["localhost"], initialTwin: { tags: { t: 1 } } });
    expect((await enrol("d1")).state?.assignedHub).toBe(`localhost:${first.endpoints.port}`);
    await first.patchDesired("d1", { n: 2 });
    await first.moveDevice("d1", "line-2");
    expect((await first.getDevice("d1")).status).toBe("disabled");
    expect((await enrol("d1")).state).toMatchObject({
      assignedHub: `localhost:${joined.endpoints.port}`,
      substatus: "deviceDataMigrated",
    });
    expect(await first.listDevices()).toEqual([]);
    const twin = await joined.getTwin("d1");
    expect(twin).toMatchObject({ tags: { t: 1 }, properties: { desired: { n: 2 } } });
    await joined.patchDesired("d1", { n: 3 });
    await first.moveDevice("d1", "localhost");
    expect((await joined.getDevice("d1")).status).toBe("disabled");
    expect((await enrol("d1")).state?.substatus).toBe("deviceDataMigrated");
    expect((await first.getTwin("d1")).properties.desired).toMatchObject({ n: 3 });
    expect(await joined.listDevices()).toEqual([]);
  });

  it("resets twins if the enrollment demands it", async () => {
    const first = await start();
    const joined = await join(first, "line-2");
    const initialTwin = { desired: { n: 1 } };
    const enrol = await group(first, { hubs: ["line-2"], initialTwin, reprovisionPolicy: "reset" });
    await enrol("d1");
    await joined.patchDesired("d1", { n: 2, m: 1 });
    expect((await enrol("d1")).state?.substatus).toBe("deviceDataReset");
    expect((await joined.getTwin("d1")).properties.desired).not.toHaveProperty("m");
  });

  it("leaves when it closes, and gets devices again under its name", async () => {
    const first = await start();
    const joined = await join(first, "line-2");
    const enrol = await group(first, { hubs: ["line-2"] });
    await enrol("d1");
    await stop(joined);
    expect(first.joinedHubs()).toMatchObject([{ name: "line-2", isAvailable: false }]);
    expect(await enrol("d1")).toMatchObject({
      status: 503,
      message: "None of the device's hubs (line-2) can be reached: it has left",
    });
    const again = await join(first, "line-2");
    expect((await enrol("d1")).state?.assignedHub).toBe(`localhost:${again.endpoints.port}`);
    expect(first.joinedHubs()).toMatchObject([{ name: "line-2", isAvailable: true }]);
  });

  it("joins again once the first hub has restarted, and gets its trust", async () => {
    const first = await start();
    const { port, plainPort } = first.endpoints;
    const joined = await join(first, "line-2");
    const types: string[] = [];
    joined.on(({ type }) => types.push(type));
    await stop(first);
    await expect.poll(() => types).toEqual(["hubLeft"]);
    const restarted = await start({ port, plainPort });
    await expect.poll(() => restarted.joinedHubs()).toMatchObject([{ name: "line-2", isAvailable: true }]);
    await expect.poll(() => types.length).toBe(2);
    expect(types).toEqual(["hubLeft", "hubJoined"]);
    expect(joined.ca).toBe(restarted.ca);
    expect(restarted.ca).not.toBe(first.ca);
  });

  it("stays ready while the first hub is away, but isn't before it has joined", async () => {
    const first = await start();
    const { port, plainPort } = first.endpoints;
    await stop(first);
    const lines: string[] = [];
    const ownPort = await freePort();
    const joining = start({
      join: first.endpoints.controlUrl,
      joinAs: "line-2",
      plainPort: ownPort,
      logger: (line) => lines.push(line),
    });
    const own = (): Promise<number> =>
      fetch(`http://127.0.0.1:${ownPort}/health`).then(({ status }) => status);
    await expect.poll(() => lines).toHaveLength(1);
    expect(lines[0]).toMatch(/hub line-2 isn't joined: http:.*control: .*; trying again/);
    expect(await own()).toBe(503);
    const restarted = await start({ port, plainPort });
    const joined = await joining;
    expect(await own()).toBe(200);
    await stop(restarted);
    await expect.poll(() => lines).toHaveLength(3);
    expect(await own()).toBe(200);
    await stop(joined);
  });

  it("keeps its own authority", async () => {
    const first = await start();
    const authority = await createCertificateAuthority();
    const joined = await join(first, "line-2", { authority });
    expect(joined.ca).toBe(authority.cert);
    expect(first.joinedHubs()).toMatchObject([{ isAvailable: true }]);
  });

  it("is known after a restart of the first hub with a store, and loses no device to another hub", async () => {
    const data = await mkdtemp(joinPath(tmpdir(), "isohub-join-"));
    onTestFinished(() => rm(data, { recursive: true, force: true }));
    const first = await start({ data });
    const joined = await join(first, "line-2");
    const enrol = await group(first, { hubs: ["line-2"] });
    await enrol("d1");
    const { primaryKey } = await first.getEnrollmentGroup("factory");
    await stop(first);
    const restarted = await start({ data });
    const again = await register(restarted, "d1", await deriveDeviceKey(primaryKey, "d1"));
    expect(again.state?.assignedHub).toBe(`localhost:${joined.endpoints.port}`);
  });

  it("has its devices again after a restart with a store", async () => {
    const data = await mkdtemp(joinPath(tmpdir(), "isohub-join-"));
    onTestFinished(() => rm(data, { recursive: true, force: true }));
    const first = await start();
    const joined = await join(first, "line-2", { data });
    const enrol = await group(first, { hubs: ["line-2"] });
    const { state } = await enrol("d1");
    await joined.patchDesired("d1", { n: 2 });
    await stop(joined);
    const again = await join(first, "line-2", { data });
    expect((await again.getTwin("d1")).properties.desired).toMatchObject({ n: 2 });
    expect((await enrol("d1")).state).toMatchObject({
      assignedHub: state?.assignedHub,
      substatus: "initialAssignment",
    });
    expect((await again.getTwin("d1")).properties.desired).toMatchObject({ n: 2 });
  });

  it("stays joined when the state of either hub is reset", async () => {
    const first = await start();
    const joined = await join(first, "line-2");
    await (await group(first, { hubs: ["line-2"] }))("d1");
    await joined.reset();
    expect(await joined.listDevices()).toEqual([]);
    await first.reset();
    const enrol = await group(first, { hubs: ["line-2"] });
    expect((await enrol("d1")).state).toMatchObject({ substatus: "initialAssignment" });
    expect(await joined.listDevices()).toHaveLength(1);
  });
});

describe("hubs beyond loopback", () => {
  it("join over HTTPS, and reach each other with the shared authority and their tokens", async () => {
    const authority = await createCertificateAuthority();
    const first = await start({ host: "0.0.0.0", authority });
    const { controlToken: joinToken } = first;
    const url = `https://localhost:${first.endpoints.port}/control`;
    const joined = await start({ host: "0.0.0.0", authority, join: url, joinToken, joinAs: "line-2" });
    const controlUrl = `https://localhost:${joined.endpoints.port}/control`;
    expect(first.joinedHubs()).toMatchObject([{ controlUrl, isAvailable: true }]);
    const enrol = await group(first, { hubs: ["line-2"] });
    expect((await enrol("d1")).state?.assignedHub).toBe(`localhost:${joined.endpoints.port}`);
    const untrusted = start({ join: url, joinToken, joinAs: "line-3" });
    await expect(untrusted).rejects.toThrow(/^Can't join https:.*NODE_EXTRA_CA_CERTS/);
  });

  it("get certificates that the first hub trusts", async () => {
    const first = await start();
    const joined = await join(first, "line-2", { host: "0.0.0.0" });
    expect(joined.controlToken).toBeDefined();
    const enrol = await group(first, { hubs: ["line-2"] });
    expect((await enrol("d1")).state?.assignedHub).toBe(`localhost:${joined.endpoints.port}`);
  });
});

describe("a hub that can't join", () => {
  it.each([
    [{ join: "localhost:1" }, /^join must be the URL of a control API, .*, got 'localhost:1'$/],
    [{ join: "http://localhost:1/" }, /^join must be the URL of a control API/],
    [{ joinAs: "line-2" }, /^joinAs must be given with join$/],
    [{ join: "http://localhost:1/control", joinAs: "a b" }, /^joinAs must be .*, got 'a b'$/],
    [{ join: "http://localhost:1/control", joinToken: "short" }, /^joinToken must be .{20,80}$/],
  ])("for its options: %j", async (options, message) => {
    await expect(start(options)).rejects.toThrow(message);
  });

  it("names the URL if there is no control API", async () => {
    const server = createServer((_request, response) => void response.writeHead(404).end("no"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/control`;
    await expect(start({ join: url })).rejects.toThrow(`Can't join ${url}: POST ${url}/joined-hubs`);
  });

  it("names the token, without showing it", async () => {
    const first = await start({ controlToken: "right-token-of-the-first" });
    const joinToken = "wrong-token-of-the-first";
    const attempt = join(first, "line-2", { joinToken });
    await expect(attempt).rejects.toThrow(/joinToken must be the control token of that hub$/);
    await expect(attempt).rejects.not.toThrow(joinToken);
    await join(first, "line-2", { joinToken: "right-token-of-the-first" });
  });

  it("under a name that is in use", async () => {
    const first = await start();
    await first.createHub("local");
    await join(first, "line-2");
    for (const name of ["local", "localhost", "line-2", "LINE-2"]) {
      await expect(join(first, name)).rejects.toThrow(`: A hub named '${name}' already exists.`);
    }
    await expect(first.createHub("line-2")).rejects.toMatchObject({ name: "ArgumentInvalid" });
  });

  it("with the host of another hub", async () => {
    const first = await start({ advertise: "localhost:8883" });
    await expect(join(first, "line-2", { advertise: "localhost:8883" })).rejects.toThrow(
      "The host of a hub that joins must be unique, got 'localhost:8883', which 'localhost' has.",
    );
  });

  it("to one that has joined itself", async () => {
    const first = await start();
    const second = await join(first, "line-2");
    await expect(join(second, "line-3")).rejects.toThrow(
      `This hub has joined ${first.endpoints.controlUrl} itself; join that one.`,
    );
  });
});

describe("requests of joining hubs", () => {
  const about = { instance: "i", host: "localhost:1", plainHost: "ws://localhost:2", ca: "" };

  it("must have the same version, and a control API that leads back", async () => {
    const first = await start();
    const hub = createControlClient(first.endpoints.controlUrl);
    const other = await start();
    const { controlUrl } = other.endpoints;
    await expect(hub.joinHub("a", { ...about, controlUrl, version: "0.0.1" })).rejects.toThrow(
      /^The version of a hub that joins must be [\d.]+, got 0\.0\.1\.$/,
    );
    const version = await ownVersion();
    await expect(hub.joinHub("a", { ...about, controlUrl, version })).rejects.toThrow(
      `controlUrl must lead to the hub that joins, got ${controlUrl}, where another one answers.`,
    );
    const nowhere = "http://127.0.0.1:1/control";
    await expect(hub.joinHub("a", { ...about, controlUrl: nowhere, version })).rejects.toMatchObject({
      name: "ServiceUnavailable",
      message: expect.stringContaining(nowhere),
    });
    await expect(hub.joinHub("a", { ...about, controlUrl: "file:///a", version })).rejects.toMatchObject({
      name: "ArgumentInvalid",
    });
    expect(first.joinedHubs()).toEqual([]);
  });

  it("get certificates for names of this machine only, unless a token is required", async () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    const open = createControlClient((await start()).endpoints.controlUrl);
    await expect(open.certifyHub(["localhost", "bank.example"], pem)).rejects.toMatchObject({
      name: "Forbidden",
      message: expect.stringContaining("got 'bank.example'"),
    });
    await expect(open.certifyHub([], pem)).rejects.toMatchObject({ name: "ArgumentInvalid" });
    await expect(open.certifyHub(["localhost"], "no key")).rejects.toThrow(/^publicKey must be/);
    const token = "token-of-the-first-hub";
    const guarded = await start({ controlToken: token });
    const client = createControlClient(guarded.endpoints.controlUrl, { token });
    const { cert, ca } = await client.certifyHub(["hub.example"], pem);
    expect(ca).toBe(guarded.ca);
    const leaf = new X509Certificate(cert);
    expect(leaf.subjectAltName).toBe("DNS:hub.example");
    expect([leaf.ca, leaf.verify(new X509Certificate(ca).publicKey)]).toEqual([false, true]);
  });

  it("get no certificate of a hub that has its own", async () => {
    const certificate = await createCertificate("localhost");
    const first = await start({ certificate });
    await expect(join(first, "line-2")).rejects.toThrow(/give the joining hub one with --cert-file/);
  });

  it("end a hub only for the process that has joined", async () => {
    const first = await start();
    await join(first, "line-2");
    await createControlClient(first.endpoints.controlUrl).leaveHub("line-2", "another");
    expect(first.joinedHubs()).toMatchObject([{ isAvailable: true }]);
  });
});
