import type { LookupOptions, lookup } from "node:dns";
import { createServer as createNetServer, connect as netConnect, type Socket } from "node:net";
import { IoTHubDeviceClient, ProxyOptions } from "@isohub/node";
import { createServer } from "@pondwader/socks5-server";
import { Server as HttpProxy } from "proxy-chain";
import { describe, expect, it, onTestFinished } from "vitest";
import { freshId, hostOf, shutDownAtEnd, withParts } from "../../device.ts";
import { listenLocally } from "../../local-server.ts";
import { providedHub } from "../../provided-hub.ts";

const { hub, ca } = providedHub();
const [user, password] = ["device user", "s3cret: pass"];

/** A proxy, and the number of connections that it has opened. */
interface Proxy {
  readonly port: number;
  readonly connections: () => number;
}

/** Resolves every host name to this machine. */
const toThisMachine = ((_host: string, { all }: LookupOptions, done: (...result: unknown[]) => void) =>
  all === true
    ? done(null, [{ address: "127.0.0.1", family: 4 }])
    : done(null, "127.0.0.1", 4)) as typeof lookup;

async function httpProxy(): Promise<Proxy> {
  let connections = 0;
  const server = new HttpProxy({
    port: 0,
    host: "127.0.0.1",
    prepareRequestFunction: ({ username, password: given, isHttp }) => {
      const allowed = username === user && given === password && !isHttp;
      if (allowed) connections += 1;
      return { requestAuthentication: !allowed, dnsLookup: toThisMachine };
    },
  });
  await server.listen();
  onTestFinished(() => server.close(true));
  return { port: server.port, connections: () => connections };
}

async function socks5Proxy(): Promise<Proxy> {
  let connections = 0;
  const server = createServer({ auth: { username: user, password } });
  const standard = server.connectionHandler;
  server.setConnectionHandler((connection, sendStatus) => {
    connections += 1;
    return standard(connection, sendStatus);
  });
  // Its own listen() doesn't return the port.
  return {
    port: await listenOn((socket) => server._handleConnection(socket)),
    connections: () => connections,
  };
}

async function listenOn(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createNetServer(onSocket);
  onTestFinished(() => {
    server.close();
  });
  return listenLocally(server);
}

/** A SOCKS 4 proxy; npm has no maintained one. */
async function socks4Proxy(): Promise<Proxy> {
  let connections = 0;
  const port = await listenOn((client) => {
    client.once("data", (request) => {
      const hostname = request.subarray(4, 8).join(".");
      const target = netConnect(request.readUInt16BE(2), hostname, () => {
        connections += 1;
        client.write(Uint8Array.of(0, 0x5a, 0, 0, 0, 0, 0, 0));
        client.pipe(target).pipe(client);
      });
      target.on("error", () => client.destroy());
      client.on("error", () => target.destroy());
    });
  });
  return { port, connections: () => connections };
}

async function createDevice(proxyOptions: ProxyOptions | undefined, websockets: boolean, host = "localhost") {
  const deviceId = freshId();
  const { connectionString } = await hub.createDevice(deviceId);
  const GatewayHostName = hostOf(connectionString).replace("localhost", host);
  const client = shutDownAtEnd(
    IoTHubDeviceClient.createFromConnectionString(
      withParts(connectionString, { HostName: "localhost", GatewayHostName }),
      { websockets, serverVerificationCert: ca, proxyOptions },
    ),
  );
  return { client, deviceId };
}

const kinds = {
  HTTP: { type: "HTTP", start: httpProxy, host: "localhost" },
  SOCKS5: { type: "SOCKS5", start: socks5Proxy, host: "localhost" },
  // It accepts only IP addresses.
  SOCKS4: { type: "SOCKS4", start: socks4Proxy, host: "127.0.0.1" },
} as const;

describe.each(Object.values(kinds))("a $type proxy", ({ type, start, host }) => {
  it.each([
    ["TLS", false],
    ["WebSockets", true],
  ])("carries MQTT over %s", async (_, websockets) => {
    const proxy = await start();
    const options = new ProxyOptions(type, "127.0.0.1", proxy.port, user, password);
    const { client, deviceId } = await createDevice(options, websockets, host);
    await client.sendMessage("through the proxy");
    expect(await hub.telemetry(deviceId)).toHaveLength(1);
    expect(proxy.connections()).toBe(1);
  });

  it("carries a registration, and the connection to the assigned hub", async () => {
    const proxy = await start();
    const registrationId = freshId("self");
    const { primaryKey: symmetricKey } = await hub.createEnrollment(registrationId);
    const { host: service, idScope } = await hub.provisioning();
    const provisioningHost = service.replace("localhost", host);
    const client = shutDownAtEnd(
      IoTHubDeviceClient.createFromProvisioning(
        { provisioningHost, idScope, registrationId, symmetricKey },
        {
          serverVerificationCert: ca,
          gatewayHostname: provisioningHost,
          proxyOptions: new ProxyOptions(type, "127.0.0.1", proxy.port, user, password),
        },
      ),
    );
    await client.sendMessage("through the proxy");
    expect(await hub.telemetry(registrationId)).toHaveLength(1);
    expect(proxy.connections()).toBe(2);
  });

  it("carries HTTPS", async () => {
    const proxy = await start();
    const options = new ProxyOptions(type, "127.0.0.1", proxy.port, user, password);
    const { client } = await createDevice(options, false, host);
    const info = await client.getStorageInfoForBlob("file.txt");
    expect(info.blobName).toContain("file.txt");
    await client.notifyBlobUploadStatus(info.correlationId, false, 499, "not uploaded");
    expect(proxy.connections()).toBe(2);
  });
});

describe("a proxy from the environment", () => {
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;

  it("is used for all hosts but this machine and those in NO_PROXY", async () => {
    const proxy = await httpProxy();
    const connect = async (host: string): Promise<unknown> => {
      const options = ProxyOptions.fromEnvironment({
        HTTPS_PROXY: `http://${login}@127.0.0.1:${proxy.port}`,
        NO_PROXY: "direct.invalid",
      });
      const { client } = await createDevice(options, false, host);
      return client.connect().then(
        () => "connected",
        ({ code }: { code: string }) => code,
      );
    };
    expect(await connect("localhost")).toBe("connected");
    expect(await connect("direct.invalid")).toBe("connect_failed");
    expect(proxy.connections()).toBe(0);
    // The proxy leads there. The hub's certificate has another name.
    expect(await connect("hub.invalid")).toBe("tls_failed");
    expect(proxy.connections()).toBe(1);
  });
});

describe("an unusable proxy", () => {
  it.each(["HTTP", "SOCKS5"] as const)(
    "of type %s that rejects the password is reported, without the password",
    async (type) => {
      const proxy = await kinds[type].start();
      const options = new ProxyOptions(type, "127.0.0.1", proxy.port, user, "wrong");
      const { client } = await createDevice(options, false);
      const failure = await client.connect().catch((error: Error) => error);
      expect(failure).toMatchObject({ name: "ConnectionFailedError", code: "proxy_failed" });
      expect(String(failure)).toContain(`${type} proxy 127.0.0.1:${proxy.port}`);
      expect(JSON.stringify(failure) + String(failure)).not.toContain("wrong");
      expect(proxy.connections()).toBe(0);
    },
  );

  it.each(["HTTP", "SOCKS4", "SOCKS5"] as const)(
    "of type %s that can't be reached is reported",
    async (type) => {
      const { client } = await createDevice(new ProxyOptions(type, "127.0.0.1", 1), true);
      await expect(client.connect()).rejects.toMatchObject({
        name: "ConnectionFailedError",
        code: "proxy_failed",
      });
    },
  );

  it("is rejected before connecting if its options are invalid", () => {
    const invalid = { name: "ArgumentError", code: "invalid_argument" };
    expect(() => new ProxyOptions("FTP" as never, "h", 1)).toThrow(expect.objectContaining(invalid));
    expect(() => new ProxyOptions("HTTP", "", 1)).toThrow(expect.objectContaining(invalid));
    expect(() => new ProxyOptions("HTTP", "h", 70_000)).toThrow(expect.objectContaining(invalid));
    const options = new ProxyOptions("HTTP", "h", 1, "u", "hidden");
    expect(JSON.stringify(options)).not.toContain("hidden");
  });
});
