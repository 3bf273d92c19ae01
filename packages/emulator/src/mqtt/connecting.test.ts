import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { HubEvent } from "../hub/events/events.ts";
import { startEmulator } from "../start-emulator.ts";
import { connect, deviceToken, dial, urlOf, userNameOf } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";
import { packets, RawClient } from "../testing/raw-client.ts";

const bench = new TestBench();
const transports = ["tcp", "tls", "ws", "wss"] as const;

describe.each(transports)("connecting over %s", (transport) => {
  it("succeeds with a valid token, and creates a session", async () => {
    const device = await bench.device({ transport, keepalive: 77 });
    const session = bench.hub.sessions().find(({ deviceId }) => deviceId === device.id);
    expect(session).toMatchObject({
      clientId: device.id,
      transport,
      keepAlive: 77,
      clean: false,
      subscriptions: {},
      userAgent: "test/1.0 (plain mqtt)",
      remoteAddress: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
    await device.end();
    expect(await bench.event("deviceDisconnected", device.id)).toMatchObject({
      transport,
      reason: "clientDisconnect",
    });
    expect(bench.hub.sessions().map(({ deviceId }) => deviceId)).not.toContain(device.id);
  });

  it.each([
    ["a wrong token", 5, { token: "wrong" }],
    ["no user name", 4, { username: "nothing" }],
    ["another hub", 5, { username: "elsewhere.net/{id}/?api-version=1" }],
    ["another client id", 5, { clientId: "someone-else" }],
    ["an expired token", 5, { ttl: -1 }],
  ] as const)("is refused with CONNACK for %s: %i", async (_what, code, options) => {
    const id = await bench.newDevice();
    const username = "username" in options ? { username: options.username.replace("{id}", id) } : {};
    const device = await dial(bench.hub, id, { transport, ...options, ...username });
    expect(await device.connected).toEqual({ sessionPresent: false, returnCode: code });
    await device.closed;
    expect(bench.hub.sessions().map(({ deviceId }) => deviceId)).not.toContain(id);
  });

  it("is refused with CONNACK 5 for an unknown or disabled device", async () => {
    const token = "SharedAccessSignature sr=x&sig=x&se=9999999999";
    expect(
      (await (await dial(bench.hub, `nobody-${transport}`, { transport, token })).connected).returnCode,
    ).toBe(5);
    expect(await bench.event("connectionRefused", `nobody-${transport}`)).toMatchObject({
      reason: "unknownDevice",
      returnCode: 5,
    });
    const id = await bench.newDevice();
    await bench.hub.updateDevice(id, { status: "disabled" });
    expect((await (await dial(bench.hub, id, { transport })).connected).returnCode).toBe(5);
  });

  it("is refused with CONNACK 1 for every other protocol level, repeatedly", async () => {
    const id = await bench.newDevice();
    const [userName, token] = [userNameOf(bench.hub, id), await deviceToken(bench.hub, id)];
    const old = { name: "MQIsdp", level: 3 };
    for (const protocol of [old, old, { level: 3 }]) {
      const client = await RawClient.open(bench.hub, transport);
      client.send(packets.connect(id, userName, token, protocol));
      await client.closed;
      expect(client.received.map((packet) => [...packet])).toEqual([[0x20, 2, 0, 1]]);
    }
    const five = await dial(bench.hub, id, { transport, protocolVersion: 5 });
    expect((await five.connected).returnCode).not.toBe(0);
    expect(await bench.event("connectionRefused", id)).toMatchObject({
      reason: "protocolLevel",
      returnCode: 1,
    });
    const device = await connect(bench.hub, id, { transport });
    await device.end();
  });
});

describe("a connection", () => {
  it("ends silently when a newer one of the same identity is accepted, over any transport", async () => {
    const id = await bench.newDevice();
    let device = await connect(bench.hub, id, { transport: "tls" });
    for (const transport of ["wss", "tcp", "ws", "tls"] as const) {
      const newer = await connect(bench.hub, id, { transport });
      await device.closed;
      expect(device.received).toEqual([]);
      expect(bench.hub.sessions().filter(({ deviceId }) => deviceId === id)).toMatchObject([{ transport }]);
      device = newer;
    }
    const reasons = bench.events.filter(
      (event) => event.deviceId === id && event.type === "deviceDisconnected",
    );
    expect(reasons).toMatchObject(Array.from({ length: 4 }, () => ({ reason: "takenOver" })));
    await device.end();
  });

  it("is accepted without an api-version, with a warning, unless it is required", async () => {
    const id = await bench.newDevice();
    const username = `localhost/${id}/?DeviceClientType=x`;
    const device = await connect(bench.hub, id, { username });
    expect(await bench.event("warning", id)).toMatchObject({ about: "apiVersion" });
    await device.end();
    const strict = await startEmulator({ requireApiVersion: true, blobStorage: false });
    await strict.createDevice(id);
    expect((await (await dial(strict, id, { username })).connected).returnCode).toBe(4);
    await strict.close();
  });

  it("gets CONNACK before SUBACK if SUBSCRIBE follows CONNECT, and keeps the subscription", async () => {
    for (const transport of transports) {
      const id = await bench.newDevice();
      const client = await RawClient.open(bench.hub, transport);
      client.send(
        packets.connect(id, userNameOf(bench.hub, id), await deviceToken(bench.hub, id)),
        packets.subscribe(1, ["$iothub/twin/PATCH/properties/desired/#", 0]),
      );
      await client.until((received) => received.length === 2);
      expect(client.received.map(([head]) => head)).toEqual([0x20, 0x90]);
      await bench.hub.patchDesired(id, { a: 1 });
      await client.until((received) => received.length === 3);
      client.end();
    }
  });

  it("is closed at the length of a packet that is too long, before and after CONNECT", async () => {
    const lengthOf256MB = [0xff, 0xff, 0xff, 0x7f];
    const early = await RawClient.open(bench.hub, "tls");
    early.send(Uint8Array.of(0x10, ...lengthOf256MB));
    await early.closed;
    expect(await bench.event("connectionRefused", "")).toMatchObject({
      reason: "malformedPacket",
      detail: expect.stringMatching(/a CONNECT must have at most \d+ bytes, got 268435455/),
    });
    const id = await bench.newDevice();
    const late = await RawClient.device(bench.hub, id, "tls");
    late.send(Uint8Array.of(0x32, ...lengthOf256MB));
    await late.closed;
    expect(await bench.event("deviceDisconnected", id)).toMatchObject({
      reason: "protocolError",
      detail: expect.stringMatching(/a PUBLISH must have at most \d+ bytes, got 268435455/),
    });
  });

  it("is accepted only if CONNECT is the first packet", async () => {
    const id = await bench.newDevice();
    const client = await RawClient.device(bench.hub, id, "tls");
    client.send(packets.connect(id, userNameOf(bench.hub, id), await deviceToken(bench.hub, id)));
    await client.closed;
    expect(await bench.event("deviceDisconnected", id)).toMatchObject({ reason: "protocolError" });
  });

  it("is closed if it is neither MQTT nor HTTP", async () => {
    const client = await RawClient.open(bench.hub, "tls");
    client.send(Uint8Array.of(0x30, 0x00));
    await client.closed;
    const websocket = await RawClient.open(bench.hub, "wss");
    websocket.send(packets.pingreq());
    await websocket.closed;
  });

  it("can send CONNECT and further packets in one write, in order", async () => {
    const id = await bench.newDevice();
    const client = await RawClient.open(bench.hub, "wss");
    const bodies = Array.from({ length: 200 }, (_, at) => String(at));
    client.send(
      packets.connect(id, userNameOf(bench.hub, id), await deviceToken(bench.hub, id)),
      ...bodies.map((body, at) => packets.publish(`devices/${id}/messages/events/`, body, at + 1)),
    );
    await client.until((received) => received.length === 201);
    expect(client.received[0]).toEqual(Buffer.from([0x20, 2, 0, 0]));
    const arrived = bench.hub.telemetry(id).map(({ body }) => new TextDecoder().decode(body));
    expect(arrived).toEqual(bodies);
    client.end();
    expect(await bench.event("deviceDisconnected", id)).toMatchObject({ reason: "connectionLost" });
  });

  it("can send many frames with many packets each", async () => {
    const id = await bench.newDevice();
    const client = await RawClient.device(bench.hub, id, "wss");
    const topic = `devices/${id}/messages/events/`;
    for (let frame = 0; frame < 200; frame++) {
      client.send(...[0, 1, 2].map((at) => packets.publish(topic, String(frame * 3 + at), 0, 0)));
    }
    const messages = await bench.hub.waitForTelemetry({ deviceId: id, count: 600 });
    expect(messages.map(({ body }) => Number(new TextDecoder().decode(body)))).toEqual(
      Array.from({ length: 600 }, (_, at) => at),
    );
    client.end();
  });

  it("can send packets in pieces, across frames as well", async () => {
    const id = await bench.newDevice();
    for (const transport of ["tcp", "wss"] as const) {
      const client = await RawClient.open(bench.hub, transport);
      const bytes = packets.connect(id, userNameOf(bench.hub, id), await deviceToken(bench.hub, id));
      for (let at = 0; at < bytes.length; at += 7) client.send(bytes.subarray(at, at + 7));
      await client.until((received) => received.length === 1);
      expect(client.received[0]?.[3]).toBe(0);
      client.end();
    }
  });

  it("ends after 1.5 times its keep-alive without a packet, unless the client pings", async () => {
    const [silent, pinging] = [await bench.newDevice(), await bench.newDevice()];
    const token = (id: string): Promise<string> => deviceToken(bench.hub, id);
    const open = async (id: string): Promise<RawClient> => {
      const client = await RawClient.open(bench.hub, "tcp");
      client.send(packets.connect(id, userNameOf(bench.hub, id), await token(id), { keepAlive: 1 }));
      await client.until((received) => received.length === 1);
      return client;
    };
    const started = performance.now();
    const quiet = await open(silent);
    const alive = await connect(bench.hub, pinging, { keepalive: 2 });
    await quiet.closed;
    expect(performance.now() - started).toBeGreaterThan(1400);
    expect(await bench.event("deviceDisconnected", silent)).toMatchObject({ reason: "keepAliveTimeout" });
    // Two pings take longer than the time after which the hub would close the connection.
    const isPing = ({ type, deviceId }: HubEvent): boolean => type === "pingReceived" && deviceId === pinging;
    await expect.poll(() => bench.events.filter(isPing).length).toBeGreaterThanOrEqual(2);
    expect(alive.client.connected).toBe(true);
    await alive.end();
  });

  it("gets the maximum keep-alive if it requests a longer one or none", async () => {
    for (const keepalive of [0, 1740]) {
      const device = await bench.device({ keepalive });
      expect(bench.hub.sessions().find(({ deviceId }) => deviceId === device.id)?.keepAlive).toBe(1178);
      await device.end();
    }
  });

  it("ends when its token expires", async () => {
    const device = await bench.device({ ttl: 1 });
    await device.closed;
    expect(await bench.event("deviceDisconnected", device.id)).toMatchObject({ reason: "tokenExpired" });
  });

  it("ends when its device is disabled, deleted or kicked", async () => {
    const disabled = await bench.device({ transport: "tls" });
    await bench.hub.updateDevice(disabled.id, { status: "disabled" });
    await disabled.closed;
    const deleted = await bench.device({ transport: "wss" });
    await bench.hub.deleteDevice(deleted.id);
    await deleted.closed;
    const kicked = await bench.device({ transport: "tls" });
    expect(bench.hub.kick(kicked.id)).toBe(true);
    await kicked.closed;
    expect(bench.hub.kick(kicked.id)).toBe(false);
    for (const [device, reason] of [
      [disabled, "deviceDisabled"],
      [deleted, "deviceDeleted"],
      [kicked, "kicked"],
    ] as const) {
      expect(await bench.event("deviceDisconnected", device.id)).toMatchObject({ reason });
    }
  });
});

describe("the ports", () => {
  it("accept WebSockets only at the hub's path, with any query, and only for mqtt and AMQP", async () => {
    const attempt = (url: string, protocols: string[]): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(url, protocols, { ca: bench.hub.ca });
        socket.once("open", () => {
          resolve(`open ${socket.protocol} ${socket.extensions}`);
          socket.terminate();
        });
        socket.once("error", (error) => resolve(error.message));
      });
    const url = urlOf(bench.hub, "wss");
    expect(await attempt(url, ["mqtt"])).toBe("open mqtt ");
    expect(await attempt(`${url}?iothub-no-client-cert=true`, ["mqttv3.1", "mqtt"])).toBe("open mqtt ");
    expect(await attempt(url, ["AMQPWSB10"])).toBe("open AMQPWSB10 ");
    const eventHubUrl = url.replace("$iothub", "$servicebus");
    expect(await attempt(eventHubUrl, ["AMQPWSB10"])).toBe("open AMQPWSB10 ");
    expect(await attempt(eventHubUrl, ["mqtt"])).toMatch("400");
    expect(await attempt(url, ["soap"])).toMatch("400");
    // Paho's Java client has no other path.
    expect(await attempt(url.replace("/$iothub/websocket", "/mqtt"), ["mqtt"])).toBe("open mqtt ");
    expect(await attempt(url.replace("/$iothub/websocket", "/other"), ["mqtt"])).toMatch("404");
  });

  it("accept a WebSocket whose request names the whole URL, as Java's AMQP clients do", async () => {
    const socket = connectTcp(bench.hub.endpoints.plainPort, bench.hub.endpoints.host);
    const answer = new Promise<string>((resolve) => socket.once("data", (data) => resolve(data.toString())));
    const head = [
      "GET https://localhost/$iothub/websocket?iothub-no-client-cert=true HTTP/1.1",
      "Host: localhost",
      "Connection: Upgrade,Keep-Alive",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: WIpDEAl4xttTDWNSpFyK1g==",
      "Sec-WebSocket-Protocol: AMQPWSB10",
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    expect(await answer).toMatch(/^HTTP\/1\.1 101/);
    socket.destroy();
  });

  it("close a WebSocket that sends text frames", async () => {
    const socket = new WebSocket(urlOf(bench.hub, "ws"), "mqtt");
    await new Promise((resolve) => socket.once("open", resolve));
    const closed = new Promise<number>((resolve) => socket.once("close", resolve));
    socket.send("hello");
    expect(await closed).toBe(1003);
  });

  it("request a client certificate without requiring one, and support only TLS 1.2 and 1.3", async () => {
    const { host, port } = bench.hub.endpoints;
    const ca = bench.hub.ca;
    const version = (options: {
      minVersion?: "TLSv1";
      maxVersion: "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
    }): Promise<string | null> =>
      new Promise((resolve) => {
        const socket = connectTls(
          { host, port, ca, servername: "localhost", ciphers: "DEFAULT@SECLEVEL=0", ...options },
          () => {
            resolve(socket.getProtocol());
            socket.destroy();
          },
        );
        socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "failed"));
      });
    expect(await version({ maxVersion: "TLSv1.2" })).toBe("TLSv1.2");
    expect(await version({ maxVersion: "TLSv1.3" })).toBe("TLSv1.3");
    expect(await version({ minVersion: "TLSv1", maxVersion: "TLSv1.1" })).toMatch(/ERR_SSL|ECONNRESET/);
  });

  it("have certificates of either kind, below the root or an intermediate authority, as in Azure", async () => {
    const azure = {
      minVersion: "TLSv1.2",
      maxVersion: "TLSv1.2",
      ciphers: "ECDHE-RSA-AES256-GCM-SHA384",
    } as const;
    for (const [certificateKey, certificateChain, client, issuer] of [
      ["rsa", "root", azure, "isohub emulator CA"],
      ["rsa", "intermediate", azure, "isohub emulator intermediate CA"],
      ["ec", "intermediate", {}, "isohub emulator intermediate CA"],
    ] as const) {
      await using hub = await startEmulator({ certificateKey, certificateChain, blobStorage: false });
      const { host, port } = hub.endpoints;
      // The client knows only the root.
      const socket = connectTls({ host, port, ca: hub.ca, servername: "localhost", ...client });
      await once(socket, "secureConnect");
      const leaf = socket.getPeerX509Certificate();
      expect(leaf?.publicKey.asymmetricKeyType).toBe(certificateKey);
      expect(leaf?.issuer).toBe(`CN=${issuer}`);
      expect(new X509Certificate(hub.ca).publicKey.asymmetricKeyType).toBe(certificateKey);
      socket.destroy();
    }
  });

  it("can demand TLS 1.3", async () => {
    const strict = await startEmulator({ minTlsVersion: "1.3", blobStorage: false });
    const { host, port } = strict.endpoints;
    for (const [maxVersion, result] of [
      ["TLSv1.2", /ERR_SSL|ECONNRESET/],
      ["TLSv1.3", /TLSv1\.3/],
    ] as const) {
      const protocol = await new Promise<string>((resolve) => {
        const socket = connectTls({ host, port, ca: strict.ca, servername: "localhost", maxVersion }, () => {
          resolve(socket.getProtocol() ?? "");
          socket.destroy();
        });
        socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "failed"));
      });
      expect(protocol).toMatch(result);
    }
    await strict.close();
  });

  it("accept connections to localhost over IPv6, where available", async () => {
    const { port, plainPort } = bench.hub.endpoints;
    for (const one of [port, plainPort]) {
      const result = await new Promise<string>((resolve) => {
        const socket = connectTcp(one, "::1", () => {
          resolve("open");
          socket.destroy();
        });
        socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "failed"));
      });
      expect(["open", "EADDRNOTAVAIL", "EAFNOSUPPORT"]).toContain(result);
    }
  });

  it("have certificates for every name of the emulator", async () => {
    const { host, port } = bench.hub.endpoints;
    for (const servername of ["localhost", "127.0.0.1", "127.0.0.2", "::1"]) {
      const authorized = await new Promise((resolve, reject) => {
        const socket = connectTls(
          {
            host,
            port,
            ca: bench.hub.ca,
            checkServerIdentity: (_host, cert) => checkName(servername, cert.subjectaltname ?? ""),
          },
          () => {
            resolve(socket.authorized);
            socket.destroy();
          },
        );
        socket.once("error", reject);
      });
      expect(authorized).toBe(true);
    }
  });
});

function checkName(name: string, names: string): Error | undefined {
  const all = names.split(", ").map((one) => one.replace(/^(DNS|IP Address):/, ""));
  const wanted = name === "::1" ? "0:0:0:0:0:0:0:1" : name;
  return all.includes(wanted) ? undefined : new Error(`${name} is not among ${names}`);
}
