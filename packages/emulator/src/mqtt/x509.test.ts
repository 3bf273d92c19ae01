import { request } from "node:https";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { beforeAll, describe, expect, it } from "vitest";
import {
  createCertificate,
  createCertificateAuthority,
  type TestCertificateAuthority,
} from "../certificates/node/client-certificate.ts";
import { connect, deviceToken, dial } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";

const bench = new TestBench();
let root: TestCertificateAuthority;
let middle: TestCertificateAuthority;
let made = 0;

beforeAll(async () => {
  root = await createCertificateAuthority("root");
  middle = await createCertificateAuthority("middle", { ca: root });
  await bench.hub.addCaCertificate(root.cert);
});

function newId(): string {
  return `x509-${++made}`;
}

describe.each(["tls", "wss"] as const)("a certificate over %s", (transport) => {
  it("authenticates a device and a module by either thumbprint", async () => {
    const id = newId();
    const certificate = await createCertificate("any name at all");
    const { thumbprint, sha1Thumbprint } = certificate;
    const { connectionString } = await bench.hub.createDevice(id, { primaryThumbprint: thumbprint });
    expect(connectionString).toBe(`HostName=localhost:${bench.hub.endpoints.port};DeviceId=${id};x509=true`);
    await bench.hub.createModule(id, "m", { secondaryThumbprint: sha1Thumbprint.toLowerCase() });
    for (const key of [id, `${id}/m`]) {
      const device = await connect(bench.hub, key, { transport, certificate });
      await device.client.publishAsync(`devices/${key.replace("/", "/modules/")}/messages/events/`, "x", {
        qos: 1,
      });
      const session = bench.hub.sessions().find(({ clientId }) => clientId === key);
      expect(session).toMatchObject({ transport });
      expect(session).not.toHaveProperty("tokenExpiry");
      const [message] = bench.hub.telemetry(key).slice(-1);
      expect(JSON.parse(message?.systemProperties["connectionAuthMethod"] ?? "")).toEqual({
        scope: key === id ? "device" : "module",
        type: "x509",
        issuer: "external",
        acceptingIpFilterRule: null,
      });
      await device.end();
    }
  });

  it("authenticates a device and a module by an authority, directly and through an intermediate one", async () => {
    const id = newId();
    await bench.hub.createDevice(id, { authentication: "certificateAuthority" });
    await bench.hub.createModule(id, "m", { authentication: "certificateAuthority" });
    for (const ca of [root, middle]) {
      for (const key of [id, `${id}/m`]) {
        const device = await connect(bench.hub, key, {
          transport,
          certificate: await createCertificate(key, { ca }),
        });
        await device.end();
      }
    }
  });

  it("is refused with CONNACK 5, with the reason as an event", async () => {
    const [own, other, byCa] = [newId(), newId(), newId()];
    const certificate = await createCertificate(own);
    const { thumbprint } = certificate;
    const past = { notBefore: new Date("2020-01-01"), notAfter: new Date("2021-01-01") };
    const expired = await createCertificate(other, past);
    await bench.hub.createDevice(own, { primaryThumbprint: thumbprint });
    await bench.hub.createDevice(other, { primaryThumbprint: expired.thumbprint });
    await bench.hub.createDevice(byCa, { authentication: "certificateAuthority" });
    const sas = await bench.newDevice();
    const token = await deviceToken(bench.hub, sas);
    const foreign = await createCertificateAuthority("root");
    const cases = [
      [own, { certificate: await createCertificate(own) }, "badCertificate", "thumbprint"],
      [own, { certificate, token }, "authenticationMismatch", "there is a password"],
      [own, { token }, "authenticationMismatch", "there is a password"],
      [other, { certificate: expired }, "badCertificate", "has expired at 2021-01-01"],
      [
        byCa,
        { certificate: await createCertificate(own, { ca: root }) },
        "badCertificate",
        `must be '${byCa}', got '${own}'`,
      ],
      [byCa, { certificate: await createCertificate(byCa) }, "badCertificate", "does not lead to"],
      [
        byCa,
        { certificate: await createCertificate(byCa, { ca: foreign }) },
        "badCertificate",
        "does not lead",
      ],
      [
        byCa,
        { certificate: await createCertificate(byCa, { ca: root, ...past }) },
        "badCertificate",
        "expired",
      ],
      [sas, { certificate }, "authenticationMismatch", "there is no SAS token"],
    ] as const;
    for (const [id, options, reason, detail] of cases) {
      bench.events.length = 0;
      const device = await dial(bench.hub, id, { transport, ...options });
      expect(await device.connected).toEqual({ sessionPresent: false, returnCode: 5 });
      expect(await bench.event("connectionRefused", id)).toMatchObject({
        reason,
        returnCode: 5,
        detail: expect.stringContaining(detail),
      });
      await device.closed;
    }
  });

  it("is optional for a client with a token", async () => {
    const id = await bench.newDevice();
    const certificate = await createCertificate("whoever");
    const token = await deviceToken(bench.hub, id);
    for (const options of [{}, { certificate, token }]) {
      const device = await connect(bench.hub, id, { transport, ...options });
      await device.end();
    }
  });
});

describe("a device that is registered with a certificate", () => {
  it("can't connect without TLS", async () => {
    const id = newId();
    const certificate = await createCertificate(id);
    await bench.hub.createDevice(id, { primaryThumbprint: certificate.thumbprint });
    for (const transport of ["tcp", "ws"] as const) {
      bench.events.length = 0;
      expect((await (await dial(bench.hub, id, { transport, certificate })).connected).returnCode).toBe(5);
      expect(await bench.event("connectionRefused", id)).toMatchObject({ reason: "noCertificate" });
    }
  });

  it("is refused according to the hub's clock, not the system's", async () => {
    const id = newId();
    const certificate = await createCertificate(id, { notAfter: new Date(Date.now() + 3_600_000) });
    await bench.hub.createDevice(id, { primaryThumbprint: certificate.thumbprint });
    bench.hub.faults.skewClock(7200);
    expect((await (await dial(bench.hub, id, { transport: "tls", certificate })).connected).returnCode).toBe(
      5,
    );
    bench.hub.faults.skewClock(0);
    const device = await connect(bench.hub, id, { transport: "tls", certificate });
    await device.end();
  });

  it("is accepted only with the new certificate after its thumbprints have changed", async () => {
    const id = newId();
    const [old, young] = [await createCertificate(id), await createCertificate(id)];
    await bench.hub.createDevice(id, { primaryThumbprint: old.thumbprint });
    await bench.hub.updateDevice(id, { primaryThumbprint: young.thumbprint });
    expect(
      (await (await dial(bench.hub, id, { transport: "tls", certificate: old })).connected).returnCode,
    ).toBe(5);
    const device = await connect(bench.hub, id, { transport: "tls", certificate: young });
    await device.end();
  });

  it("can have an id with every allowed character as its common name", async () => {
    const id = "-:.+%_#*?!(),=@$'";
    await bench.hub.createDevice(id, { authentication: "certificateAuthority" });
    const device = await connect(bench.hub, id, {
      transport: "wss",
      certificate: await createCertificate(id, { ca: root }),
    });
    await device.end();
  });
});

describe("trusted authorities", () => {
  it("are added once, listed, and removed by either thumbprint in any case", async () => {
    const ca = await createCertificateAuthority("another CA");
    const added = await bench.hub.addCaCertificate(ca.cert);
    expect(added).toMatchObject({
      commonName: "another CA",
      thumbprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    await bench.hub.addCaCertificate(ca.cert);
    expect(bench.hub.caCertificates().filter(({ commonName }) => commonName === "another CA")).toEqual([
      added,
    ]);
    await bench.hub.removeCaCertificate(added.thumbprint.toUpperCase());
    expect(bench.hub.caCertificates()).not.toContainEqual(added);
    await expect(bench.hub.removeCaCertificate(added.thumbprint)).rejects.toMatchObject({
      name: "GenericNotFound",
    });
    for (const pem of ["nonsense", "", (await createCertificate("leaf")).cert]) {
      await expect(bench.hub.addCaCertificate(pem)).rejects.toMatchObject({ name: "ArgumentInvalid" });
    }
  });
});

describe("the TLS port", () => {
  it("requests a certificate from every client without requiring one", async () => {
    const { host, port } = bench.hub.endpoints;
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      request({ host, port, path: "/control", ca: bench.hub.ca, servername: "localhost" }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    expect(answer).toBe(200);
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "issues no session ticket, which would lose the chain: %s",
    async (version) => {
      const id = newId();
      await bench.hub.createDevice(id, { authentication: "certificateAuthority" });
      const certificate = await createCertificate(id, { ca: middle });
      let session: Buffer | undefined;
      for (let round = 0; round < 3; round++) {
        const { host, port } = bench.hub.endpoints;
        const socket = await new Promise<TLSSocket>((resolve, reject) => {
          const opened = connectTls({
            host,
            port,
            ca: bench.hub.ca,
            servername: "localhost",
            maxVersion: version,
            ...certificate,
            ...(session === undefined ? {} : { session }),
          });
          opened.once("secureConnect", () => resolve(opened)).once("error", reject);
        });
        socket.on("session", (ticket) => {
          session = ticket;
        });
        expect(socket.isSessionReused()).toBe(false);
        socket.write("GET /control/ca.pem HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        await new Promise((resolve) => socket.resume().once("close", resolve));
        session ??= socket.getSession();
      }
      expect(session).toBeDefined();
    },
  );
});
