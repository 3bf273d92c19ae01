// Clients with a token provider, an MQTT engine and an in-memory hub.
import { afterEach, describe, expect, it } from "vitest";
import { certificate } from "../../test/certificates.ts";
import { engineOfThisRun } from "../../test/engines.ts";
import { failure } from "../../test/failure.ts";
import type { TokenEndpoint, TokenProvider, TokenRequest } from "../auth/token-provider.ts";
import { ArgumentError, CredentialError } from "../errors.ts";
import type { HttpRequest, HttpResponse } from "../runtime/runtime.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import { deviceClassOn } from "../testing/memory-device.ts";
import { MemoryRuntime } from "../testing/memory-runtime.ts";
import { until } from "../testing/until.ts";
import { utf8 } from "../util/text.ts";
import type { IoTHubDeviceClient } from "./device-client.ts";

const engine = engineOfThisRun();

/** A backend that signs tokens, and a client that requests them from it. */
class Backend {
  readonly runtime = new MemoryRuntime();
  readonly background: Error[] = [];
  /** The arguments of each request. */
  readonly asked: TokenRequest[] = [];
  /** The lifetime of its tokens, in seconds. */
  ttl = 3600;
  resource = "hub.example/devices/d1";
  /** Replaces the answer. */
  instead: ((request: TokenRequest) => unknown) | undefined;
  client: IoTHubDeviceClient | undefined;

  readonly provider: TokenProvider = async (request) => {
    this.asked.push(request);
    return (this.instead === undefined ? this.token() : await this.instead(request)) as string;
  };

  token(seconds: number = this.ttl): string {
    const expiry = Math.floor(this.runtime.clock.now() / 1000) + seconds;
    return `SharedAccessSignature sr=${encodeURIComponent(this.resource)}&sig=s${this.asked.length}&se=${expiry}`;
  }

  async create(
    source: string | URL | TokenEndpoint | TokenProvider = this.provider,
    options: ClientOptions = {},
  ): Promise<IoTHubDeviceClient> {
    this.client = await deviceClassOn(this.runtime, engine).createFromTokenProvider(source, {
      connectionRetryInterval: 1,
      ...options,
    });
    this.client.onBackgroundException = (error) => this.background.push(error);
    return this.client;
  }

  async connected(options: ClientOptions = {}): Promise<IoTHubDeviceClient> {
    const client = await this.create(this.provider, options);
    await client.connect();
    return client;
  }

  /** Returns the tokens of all connections in order, as the numbers of their requests. */
  get shown(): (string | undefined)[] {
    return this.runtime.peers.map((peer) => /sig=(s\d+)/.exec(peer.all("connect")[0]?.password ?? "")?.[1]);
  }

  /** Makes the hub refuse the next connections. */
  refuse(times: number): void {
    let left = times;
    this.runtime.hub.intercept = (packet, peer) => {
      if (packet.type !== "connect" || left === 0) return false;
      left -= 1;
      peer.send({ type: "connack", sessionPresent: false, returnCode: 5 });
      return true;
    };
  }
}

const backends: Backend[] = [];
function backend(): Backend {
  const made = new Backend();
  backends.push(made);
  return made;
}

afterEach(async () => {
  for (const { client, runtime } of backends.splice(0)) {
    await client?.shutdown();
    expect(runtime.clock.timers).toBe(0);
    expect(runtime.open).toEqual([]);
  }
});

describe("a token provider", () => {
  it("is called when the client is created, which gets its identity from the token, without connecting", async () => {
    const hub = backend();
    const client = await hub.create();
    expect(hub.asked).toHaveLength(1);
    expect(hub.runtime.dialled).toEqual([]);
    await client.connect();
    expect(hub.asked).toHaveLength(1);
    const { username, clientId } = hub.runtime.peer.all("connect")[0] ?? {};
    expect(clientId).toBe("d1");
    expect(username).toMatch(/^hub\.example\/d1\//);
  });

  it("is called 120 s before expiry, and the client reconnects once it has the token", async () => {
    const hub = backend();
    const client = await hub.connected();
    await hub.runtime.pass(3_479_000, 600_000);
    expect(hub.asked).toHaveLength(1);
    let answer: (token: string) => void = () => {};
    hub.instead = () => new Promise((resolve) => (answer = resolve));
    await hub.runtime.pass(1000);
    expect(hub.asked).toHaveLength(2);
    await hub.runtime.pass(20_000);
    expect(client.connected).toBe(true);
    expect(hub.runtime.peers).toHaveLength(1);
    answer(hub.token());
    await until(() => hub.runtime.peers.length === 2 && client.connected);
    expect(hub.shown).toEqual(["s1", "s2"]);
    expect(hub.background).toEqual([]);
    hub.instead = undefined;
    await hub.runtime.pass(3_480_000, 600_000);
    await until(() => hub.runtime.peers.length === 3 && client.connected);
    expect(hub.shown).toEqual(["s1", "s2", "s3"]);
  });

  it("is called halfway through the lifetime if that is less than 240 s", async () => {
    const hub = backend();
    hub.ttl = 60;
    await hub.connected();
    await hub.runtime.pass(29_000);
    expect(hub.asked).toHaveLength(1);
    await hub.runtime.pass(1000);
    expect(hub.asked).toHaveLength(2);
  });

  it("isn't called to reconnect while the token is valid, only once it is due", async () => {
    const hub = backend();
    const client = await hub.connected();
    hub.runtime.peer.close();
    await hub.runtime.pass(2000, 500);
    await until(() => client.connected);
    expect(hub.shown).toEqual(["s1", "s1"]);
    await client.disconnect();
    await hub.runtime.pass(3_500_000, 600_000);
    expect(hub.asked).toHaveLength(1);
    await client.connect();
    expect(hub.shown).toEqual(["s1", "s1", "s2"]);
  });

  it("is called again if it fails, with the error reported, while the connection continues", async () => {
    const hub = backend();
    const client = await hub.connected();
    hub.instead = () => {
      throw new Error("no route to the backend");
    };
    await hub.runtime.pass(3_480_000, 600_000);
    await hub.runtime.pass(3000);
    expect(hub.asked).toHaveLength(1 + 4);
    expect(hub.background).toHaveLength(4);
    expect(hub.background[0]).toMatchObject({
      name: "ConnectionFailedError",
      code: "token_provider_failed",
      retryable: true,
      message: expect.stringContaining("no route to the backend"),
      remediation: expect.stringMatching(/./),
    });
    expect(client.connected).toBe(true);
    expect(hub.runtime.peers).toHaveLength(1);
    hub.instead = undefined;
    await hub.runtime.pass(1000);
    await until(() => hub.runtime.peers.length === 2 && client.connected);
    expect(hub.shown).toEqual(["s1", "s6"]);
  });

  it("is called for each attempt if it fails after the connection is lost", async () => {
    const hub = backend();
    const client = await hub.connected();
    hub.instead = () => Promise.reject(new Error("away"));
    await hub.runtime.pass(3_480_000, 600_000);
    hub.runtime.peer.close();
    await hub.runtime.pass(5000);
    expect(client.state).toMatchObject({ status: "waiting", reason: { code: "token_provider_failed" } });
    expect(hub.runtime.dialled).toHaveLength(1);
    hub.instead = undefined;
    await hub.runtime.pass(2000);
    await until(() => client.connected);
  });

  it("must answer within connectTimeoutMs, and then its signal is aborted", async () => {
    const hub = backend();
    hub.instead = () => new Promise(() => {});
    const creating = failure(hub.create(hub.provider, { connectTimeoutMs: 5000 }));
    await hub.runtime.pass(5000);
    expect(await creating).toMatchObject({
      name: "OperationTimeoutError",
      code: "operation_timeout",
      retryable: true,
      message: expect.stringContaining("5000 ms"),
      remediation: expect.stringContaining("signal"),
    });
    expect(hub.asked[0]?.signal.aborted).toBe(true);
  });

  it("gets an aborted signal if the client is shut down", async () => {
    const hub = backend();
    const client = await hub.connected();
    hub.instead = () => new Promise(() => {});
    await hub.runtime.pass(3_480_000, 600_000);
    await client.shutdown();
    expect(hub.asked[1]?.signal.aborted).toBe(true);
    expect(hub.background).toEqual([]);
  });

  it("is called once more if the hub refuses a token that it has accepted before", async () => {
    const hub = backend();
    const client = await hub.connected();
    hub.refuse(1);
    hub.runtime.peer.close();
    await hub.runtime.pass(5000, 500);
    await until(() => client.connected);
    expect(hub.shown).toEqual(["s1", "s1", "s2"]);
    hub.refuse(2);
    hub.runtime.peer.close();
    await hub.runtime.pass(10_000, 500);
    expect(hub.shown).toEqual(["s1", "s1", "s2", "s2", "s3"]);
    expect(client.state).toMatchObject({ status: "disconnected", reason: { code: "not_authorized" } });
  });

  it.each([
    ["nothing", () => undefined, "must be a string that starts with 'SharedAccessSignature ', got undefined"],
    ["something else", () => '{"access_token":"x"}', "must be a string that starts"],
    ["an expired token", (hub: Backend) => hub.token(-5), "expired at 2025-12-31T23:59:55.000Z"],
    ["a token without end", (hub: Backend) => hub.token().replace(/&se=.*/, ""), "sr, sig and se"],
    [
      "a token for a module",
      (hub: Backend) => hub.token().replace("d1", "d1%2Fmodules%2Fm1"),
      "use IoTHubModuleClient",
    ],
    [
      "a token for a whole hub",
      (hub: Backend) => hub.token().replace("%2Fdevices%2Fd1", ""),
      "{hub}/devices/{device}",
    ],
  ])(
    "that answers with %s: CredentialError invalid_sas_token, without a second call",
    async (_what, answer, rule) => {
      const hub = backend();
      hub.instead = () => answer(hub);
      const error = await failure(hub.create());
      expect(error).toBeInstanceOf(CredentialError);
      expect(error).toMatchObject({
        code: "invalid_sas_token",
        retryable: false,
        message: expect.stringContaining(rule),
        remediation: expect.stringMatching(/./),
      });
      expect(String(error)).not.toMatch(/sig=s|access_token/);
      expect(hub.asked).toHaveLength(1);
    },
  );

  it.each([
    ["device", "hub.example/devices/d2", "device id of the SAS token must be 'd1', got 'd2'"],
    [
      "hub",
      "other.example/devices/d1",
      "host name of the SAS token must be 'hub.example', got 'other.example'",
    ],
  ])(
    "that answers with a token for another %s than before: the connection continues until its token expires",
    async (_what, resource, says) => {
      const hub = backend();
      const client = await hub.connected();
      hub.resource = resource;
      await hub.runtime.pass(3_480_000, 600_000);
      expect(hub.background).toMatchObject([
        { name: "CredentialError", code: "invalid_sas_token", message: expect.stringContaining(says) },
      ]);
      await hub.runtime.pass(60_000);
      expect(hub.asked).toHaveLength(2);
      expect(client.connected).toBe(true);
      // The hub ends it when the token expires.
      hub.runtime.peer.close();
      await hub.runtime.pass(2000);
      expect(client.state).toMatchObject({ status: "disconnected", reason: { code: "invalid_sas_token" } });
    },
  );

  it("can throw a CredentialError to prevent retries", async () => {
    const hub = backend();
    const client = await hub.connected();
    const own = new CredentialError("token_refused", "no user is signed in");
    hub.instead = () => Promise.reject(own);
    await hub.runtime.pass(3_600_000, 600_000);
    expect(hub.background).toEqual([own]);
    hub.runtime.peer.close();
    await hub.runtime.pass(2000);
    expect(client.state).toMatchObject({ status: "disconnected", reason: own });
  });

  it.each([
    ["nothing", undefined],
    ["a number", 5],
    ["an object without url", {}],
    ["an unknown field", { url: "https://b.example", deviceID: "d1" }],
    ["a relative URL outside of a page", "/token"],
    ["http: to another machine", "http://b.example/token"],
    ["a password in the URL", "https://me:secret@b.example/token"],
    ["a device id that isn't a string", { url: "https://b.example", deviceId: 5 }],
    ["headers as a string", { url: "https://b.example", headers: "authorization: x" }],
  ])("can't be %s: ArgumentError invalid_argument, without a request", async (_what, source) => {
    const error = await failure(backend().create((source ?? null) as never));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error).toMatchObject({ code: "invalid_argument" });
    expect(String(error)).not.toContain("secret");
  });

  it("excludes sastokenTtl and signingMechanism", async () => {
    for (const options of [{ sastokenTtl: 60 }, { signingMechanism: { sign: async () => "" } }]) {
      const hub = backend();
      expect(await failure(hub.create(hub.provider, options))).toMatchObject({ code: "unknown_option" });
      expect(hub.asked).toEqual([]);
    }
  });
});

describe("a token broker", () => {
  const url = "https://broker.example/token?tenant=hidden";

  function broker(
    answer: (hub: Backend, request: HttpRequest) => Partial<Omit<HttpResponse, "body">> & { body?: string },
  ) {
    const hub = backend();
    const requests: HttpRequest[] = [];
    hub.runtime.onFetch = async (request) => {
      requests.push(request);
      const { status = 200, headers = {}, body = "" } = answer(hub, request);
      return { status, headers, body: utf8(body) };
    };
    return { hub, requests };
  }

  it("is requested with POST, fresh headers, the requested device, and the client's certificates", async () => {
    const { hub, requests } = broker(() => ({ body: JSON.stringify({ token: hub.token() }) }));
    let jwt = 0;
    const client = await hub.create(
      {
        url,
        headers: async () => {
          jwt += 1;
          return { authorization: `Bearer jwt-${jwt}` };
        },
        deviceId: "d1",
      },
      { serverVerificationCert: certificate },
    );
    expect(requests).toMatchObject([
      {
        method: "POST",
        url,
        headers: {
          accept: "application/json",
          "content-type": "application/json",
          authorization: "Bearer jwt-1",
        },
        body: utf8('{"deviceId":"d1"}'),
        transit: { serverVerificationCert: certificate },
      },
    ]);
    await client.connect();
    await hub.runtime.pass(3_480_000, 600_000);
    await until(() => hub.runtime.peers.length === 2 && client.connected);
    expect(requests[1]).toMatchObject({ headers: { authorization: "Bearer jwt-2" } });
  });

  it("may answer with the token alone, and be passed as a URL", async () => {
    const { hub, requests } = broker(() => ({ body: `${hub.token()}\n` }));
    await hub.create(new URL("http://localhost:8080/token"));
    expect(requests[0]).toMatchObject({ url: "http://localhost:8080/token", body: utf8("{}") });
  });

  it.each([
    [401, "CredentialError", "token_refused", false],
    [403, "CredentialError", "token_refused", false],
    [404, "ServiceError", "token_provider_failed", false],
    [429, "ServiceError", "token_provider_failed", true],
    [503, "ServiceError", "token_provider_failed", true],
  ])("that answers with %i: %s %s, retryable: %s, with its reason", async (status, name, code, retryable) => {
    const { hub } = broker(() => ({
      status,
      headers: { "retry-after": "7" },
      body: JSON.stringify({ title: "No", detail: "the broker's reason" }),
    }));
    const error = await failure(hub.create({ url, headers: { authorization: "Bearer top-secret" } }));
    expect(error).toMatchObject({
      name,
      code,
      retryable,
      message: expect.stringContaining("the broker's reason"),
    });
    if (name === "ServiceError") expect(error).toMatchObject({ statusCode: status, retryAfterMs: 7000 });
    expect(String(error)).not.toMatch(/top-secret|hidden/);
  });

  it("isn't called again before Retry-After", async () => {
    let limited = false;
    const { hub, requests } = broker(() =>
      limited ? { status: 429, headers: { "retry-after": "30" } } : { body: hub.token() },
    );
    const client = await hub.create(url, { connectionRetryInterval: undefined as never });
    await client.connect();
    limited = true;
    await hub.runtime.pass(3_480_000, 600_000);
    expect(requests).toHaveLength(2);
    await hub.runtime.pass(29_000);
    expect(requests).toHaveLength(2);
    await hub.runtime.pass(2000);
    expect(requests).toHaveLength(3);
  });

  it("that does not answer: ConnectionFailedError token_provider_failed", async () => {
    const hub = backend();
    expect(await failure(hub.create(url))).toMatchObject({
      name: "ConnectionFailedError",
      code: "token_provider_failed",
      retryable: true,
      message: expect.stringContaining("https://broker.example/token:"),
    });
  });

  it.each([
    ["a page", "<!doctype html>", {}],
    ["JSON without a token", "{}", {}],
    ["a token of another kind", '{"token":5}', {}],
  ])("that answers with %s: CredentialError invalid_sas_token", async (_what, body) => {
    const { hub } = broker(() => ({ body }));
    expect(await failure(hub.create(url))).toMatchObject({
      name: "CredentialError",
      code: "invalid_sas_token",
      message: expect.stringContaining("must be JSON with a 'token'"),
    });
  });

  it.each([
    ["device", "hub.example/devices/d2", "The device id of the SAS token must be 'd1', got 'd2'"],
    ["device, percent-encoded", "hub.example/devices/d%31", "must be 'd1'"],
  ])(
    "that answers with a token for another %s than the requested: CredentialError invalid_sas_token",
    async (_, resource, message) => {
      const { hub } = broker(() => ({ body: hub.token() }));
      hub.resource = resource;
      expect(await failure(hub.create({ url, deviceId: "d1" }))).toMatchObject({
        name: "CredentialError",
        code: "invalid_sas_token",
        message: expect.stringContaining(message),
      });
      expect(hub.runtime.dialled).toEqual([]);
    },
  );

  it("whose refusal is long or has control characters is quoted on one line", async () => {
    const detail = `no\r\nforged: line\u001b[31m${"x".repeat(100_000)}`;
    const { hub } = broker(() => ({ status: 403, body: JSON.stringify({ detail }) }));
    const error = (await failure(hub.create(url))) as Error;
    expect(error.message).toContain("no forged: line [31mxxx");
    expect(error.message).not.toMatch(/\p{Cc}/u);
    expect(error.message.length).toBeLessThan(500);
  });

  it.each([
    ["-5000", 0],
    ["1e102", 3_600_000],
    ["31536000", 3_600_000],
  ])("that asks to wait %s seconds is waited for within limits", async (seconds, retryAfterMs) => {
    const { hub } = broker(() => ({ status: 429, headers: { "retry-after": seconds } }));
    expect(await failure(hub.create(url))).toMatchObject({ statusCode: 429, retryAfterMs });
  });

  it("isn't called with invalid headers", async () => {
    const { hub, requests } = broker(() => ({ body: hub.token() }));
    for (const headers of [() => undefined, async () => ({ authorization: undefined })]) {
      expect(await failure(hub.create({ url, headers: headers as never }))).toMatchObject({
        name: "CredentialError",
        code: "token_refused",
      });
    }
    expect(requests).toEqual([]);
  });
});
