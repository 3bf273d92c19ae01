import { createHmac, createPrivateKey } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, exportPKCS8, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { parseSasToken } from "../auth/sas-token.ts";
import { ArgumentError, shown } from "../errors.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { createTokenBroker, type TokenBroker } from "./token-broker.ts";
import type { TokenBrokerOptions } from "./token-broker-options.ts";

const issuer = "https://issuer.example/";
const audience = "device-tokens";
const origin = "https://app.example";
const deviceKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const policy = `HostName=hub.example;SharedAccessKeyName=device;SharedAccessKey=${deviceKey}`;
const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
const otherIssuer = await generateKeyPair("RS256");
const clock = new VirtualClock();
const logged: string[] = [];

afterEach(() => {
  const log = logged.splice(0).join("\n");
  expect(log).not.toContain(deviceKey.slice(0, 12));
  // Neither JWTs nor SAS tokens.
  expect(log).not.toMatch(/eyJ|SharedAccessSignature sr|sig=/);
});

function createBroker(options: Partial<TokenBrokerOptions> = {}): TokenBroker {
  return createTokenBroker({
    key: publicKey,
    issuer,
    audience,
    algorithms: ["RS256"],
    allowedOrigins: [origin],
    devicesOf: ({ sub }) => [`of-${sub}`],
    connectionString: policy,
    logger: { log: (...entry) => logged.push(JSON.stringify(entry)) },
    now: () => clock.now(),
    ...options,
  });
}

interface Claims {
  iss?: string;
  aud?: string | string[];
  sub?: string;
  exp?: number;
  nbf?: number;
}

const seconds = (): number => Math.floor(clock.now() / 1000);

function jwt(claims: Claims = {}, key: CryptoKey | Uint8Array = privateKey, alg = "RS256"): Promise<string> {
  const all = { iss: issuer, aud: audience, sub: "ann", exp: seconds() + 300, ...claims };
  return new SignJWT(JSON.parse(JSON.stringify(all))).setProtectedHeader({ alg, kid: "k1" }).sign(key);
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

async function ask(
  broker: TokenBroker,
  { token, body, ...init }: RequestInit & { token?: string; body?: string | undefined } = {},
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const response = await broker(
    new Request("https://broker.example/token", {
      method: "POST",
      headers: { authorization: `Bearer ${token ?? (await jwt())}` },
      ...init,
      ...(body === undefined ? {} : { body }),
    }),
  );
  const text = await response.text();
  const { status, headers } = response;
  return { status, headers, body: text === "" ? {} : JSON.parse(text) };
}

describe("a token broker", () => {
  it("signs a token for the user's device, with the key of a policy and the stated expiry", async () => {
    const { status, headers, body } = await ask(createBroker());
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("content-type")).toBe("application/json");
    expect(Object.keys(body)).toEqual(["token", "expiresAt", "deviceId"]);
    const sas = parseSasToken(body["token"]);
    expect(sas).toMatchObject({
      resource: "hub.example/devices/of-ann",
      expiry: seconds() + 900,
      keyName: "device",
    });
    const signature = createHmac("sha256", Buffer.from(deviceKey, "base64"))
      .update(`${sas.resourceText}\n${sas.expiry}`)
      .digest("base64");
    expect(sas.signature).toBe(signature);
    expect(body["expiresAt"]).toBe(new Date(sas.expiry * 1000).toISOString());
    expect(logged).toHaveLength(1);
    expect(JSON.parse(logged[0] ?? "")).toMatchObject([
      "info",
      "A token was given out",
      { subject: "ann", deviceId: "of-ann" },
    ]);
  });

  it("signs the same, however the connection string and its key are written", async () => {
    const expected = (await ask(createBroker())).body["token"];
    for (const connectionString of [
      `${policy};\n`,
      policy.slice(0, -1),
      policy.replace("HostName", "\uFEFF hostname"),
    ])
      expect((await ask(createBroker({ connectionString }))).body["token"]).toBe(expected);
  });

  it("signs with the key of the device or module, which a function may look up", async () => {
    const asked: unknown[] = [];
    const broker = createBroker({
      sastokenTtl: 60,
      devicesOf: async () => ["d1", { deviceId: "d1", moduleId: "m1" }],
      connectionString: async (identity) => {
        asked.push(identity);
        const module = identity.moduleId === undefined ? "" : `;ModuleId=${identity.moduleId}`;
        return `HostName=localhost:8883;DeviceId=${identity.deviceId}${module};SharedAccessKey=${deviceKey}`;
      },
    });
    const device = await ask(broker, { body: '{"deviceId":"d1"}' });
    expect(parseSasToken(device.body["token"])).toMatchObject({
      resource: "localhost/devices/d1",
      expiry: seconds() + 60,
      keyName: undefined,
    });
    const module = await ask(broker, { body: '{"deviceId":"d1","moduleId":"m1"}' });
    expect(module.body).toMatchObject({ deviceId: "d1", moduleId: "m1" });
    expect(parseSasToken(module.body["token"])).toMatchObject({
      resource: "localhost/devices/d1/modules/m1",
    });
    expect(asked).toEqual([{ deviceId: "d1" }, { deviceId: "d1", moduleId: "m1" }]);
  });

  it("passes the user's claims to the policy function", async () => {
    const broker = createBroker({
      devicesOf: (user) => (user["role"] === undefined ? [String(user.aud)] : []),
    });
    expect((await ask(broker)).body).toMatchObject({ deviceId: audience });
  });

  it("reads keys from a JWKS URL, and reports keys that aren't available", async () => {
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256", use: "sig" }] };
    let status = 200;
    let endless = false;
    const server = createServer((_request, response) => {
      response.statusCode = status;
      response.end(endless ? " ".repeat(2_000_000) : JSON.stringify(jwks));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const url = `http://localhost:${(server.address() as AddressInfo).port}/keys`;
    const create = (): TokenBroker => createBroker({ jwks: url, key: undefined as never });
    expect((await ask(create())).status).toBe(200);
    expect((await ask(create(), { token: await jwt({}, otherIssuer.privateKey) })).body["code"]).toBe(
      "jwt_invalid",
    );
    endless = true;
    expect(await ask(create())).toMatchObject({ status: 503, body: { code: "keys_unavailable" } });
    endless = false;
    status = 500;
    const down = await ask(create());
    expect(down).toMatchObject({ status: 503, body: { code: "keys_unavailable" } });
    expect(down.headers.get("retry-after")).toBe("5");
    server.close();
    server.closeAllConnections();
    expect((await ask(create())).status).toBe(503);
  });

  it.each([
    ["PEM", () => exportSPKI(publicKey)],
    ["JWK", () => exportJWK(publicKey)],
  ])("accepts a public key as %s", async (_form, key) => {
    const broker = createBroker({ key: (await key()) as string });
    expect((await ask(broker)).status).toBe(200);
    expect((await ask(broker, { token: await jwt({}, otherIssuer.privateKey) })).status).toBe(401);
  });

  it.each(["ES256", "PS512", "EdDSA"])("accepts a public key for %s in each of its forms", async (alg) => {
    const pair = await generateKeyPair(alg, { extractable: true });
    for (const key of [pair.publicKey, await exportSPKI(pair.publicKey), await exportJWK(pair.publicKey)]) {
      const broker = createBroker({ key, algorithms: [alg] });
      expect((await ask(broker, { token: await jwt({}, pair.privateKey, alg) })).status).toBe(200);
      expect((await ask(broker)).status).toBe(401);
    }
  });

  it("accepts a shared secret for HS256", async () => {
    const secret = new Uint8Array(32).fill(7);
    const broker = createBroker({ key: secret, algorithms: ["HS256"] });
    expect((await ask(broker, { token: await jwt({}, secret, "HS256") })).status).toBe(200);
    expect((await ask(broker)).status).toBe(401);
  });
});

describe("a JWT is refused", () => {
  const cases: [what: string, token: () => Promise<string>, code: string, says: string][] = [
    ["that has expired", () => jwt({ exp: seconds() - 31 }), "jwt_expired", "expired"],
    ["without an end", () => jwt({ exp: undefined as never }), "jwt_invalid", "'exp'"],
    ["that is not valid yet", () => jwt({ nbf: seconds() + 60 }), "jwt_invalid", "'nbf'"],
    ["for another audience", () => jwt({ aud: "another-service" }), "jwt_invalid", "'aud'"],
    ["of another issuer", () => jwt({ iss: "https://evil.example/" }), "jwt_invalid", "'iss'"],
    ["without a subject", () => jwt({ sub: undefined as never }), "jwt_invalid", "'sub'"],
    ["with an empty subject", () => jwt({ sub: "" }), "jwt_invalid", "'sub'"],
    ["signed by another issuer", () => jwt({}, otherIssuer.privateKey), "jwt_invalid", "signed"],
    [
      "whose claims were changed",
      async () => {
        const [head, , signature] = (await jwt()).split(".");
        return `${head}.${base64url({ iss: issuer, aud: audience, sub: "bob", exp: seconds() + 300 })}.${signature}`;
      },
      "jwt_invalid",
      "signed",
    ],
    [
      "with alg none",
      async () => `${base64url({ alg: "none" })}.${(await jwt()).split(".")[1]}.`,
      "jwt_invalid",
      "signed",
    ],
    [
      "that has no signature",
      async () => `${(await jwt()).split(".").slice(0, 2).join(".")}.`,
      "jwt_invalid",
      "signed",
    ],
    [
      "that is signed with the public key as a secret (key confusion)",
      async () => jwt({}, new TextEncoder().encode(await exportSPKI(publicKey)), "HS256"),
      "jwt_invalid",
      "signed",
    ],
    [
      "with an algorithm of the right key that is not pinned",
      async () => {
        const key = await importAs("PS256");
        return jwt({}, key, "PS256");
      },
      "jwt_invalid",
      "signed",
    ],
    ["that is malformed", async () => "garbage", "jwt_invalid", "signed"],
  ];
  const importAs = (name: "PS256"): Promise<CryptoKey> =>
    exportPKCS8(privateKey).then((pem) =>
      crypto.subtle.importKey(
        "pkcs8",
        createPrivateKey(pem).export({ type: "pkcs8", format: "der" }),
        { name: name === "PS256" ? "RSA-PSS" : "", hash: "SHA-256" },
        false,
        ["sign"],
      ),
    );

  it.each(cases)("%s", async (_what, token, code, says) => {
    for (const key of [publicKey, await exportSPKI(publicKey), await exportJWK(publicKey)]) {
      const { status, headers, body } = await ask(createBroker({ key }), { token: await token() });
      expect(status).toBe(401);
      expect(body).toMatchObject({ code, status: 401, detail: expect.stringContaining(says) });
      expect(headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
      expect(headers.get("content-type")).toBe("application/problem+json");
    }
  });

  it("is accepted within the clock-skew tolerance", async () => {
    expect((await ask(createBroker(), { token: await jwt({ exp: seconds() - 25 }) })).status).toBe(200);
    const strict = createBroker({ clockTolerance: 0 });
    expect((await ask(strict, { token: await jwt({ exp: seconds() - 25 }) })).status).toBe(401);
  });

  it("that is missing is requested", async () => {
    for (const headers of [{}, { authorization: "Basic abc" }, { authorization: "Bearer " }]) {
      const answer = await ask(createBroker(), { headers });
      expect(answer).toMatchObject({ status: 401, body: { code: "jwt_missing" } });
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    }
  });
});

describe("a user", () => {
  it("can't connect as another user's device", async () => {
    const other = await ask(createBroker(), { body: '{"deviceId":"of-bob"}' });
    expect(other).toMatchObject({ status: 403, body: { code: "device_not_allowed" } });
    expect(JSON.stringify(other.body)).not.toContain("of-ann");
    const module = await ask(createBroker(), { body: '{"deviceId":"of-ann","moduleId":"m1"}' });
    expect(module.status).toBe(403);
  });

  it("without a device gets no token", async () => {
    const broker = createBroker({ devicesOf: () => [] });
    expect(await ask(broker)).toMatchObject({ status: 403, body: { code: "device_not_allowed" } });
  });

  it("whose name contains a slash isn't another device's module", async () => {
    const token = await jwt({ sub: "bob/m1" });
    expect(await ask(createBroker(), { token })).toMatchObject({
      status: 403,
      body: { code: "device_not_allowed" },
    });
  });

  it.each([
    "auth0|5f7c8ec7c33c6c004bbafe82",
    "waad|ann@example.com",
    "google-oauth2|1",
    "ann/bob",
    "ann bob",
    "ännchen",
  ])("whose name can't be a device id gets the reason: %s", async (sub) => {
    const broker = createBroker({ devicesOf: (user) => [user.sub] });
    const answer = await ask(broker, { token: await jwt({ sub }) });
    expect(answer).toMatchObject({ status: 403, body: { code: "device_not_allowed" } });
    expect(answer.body["detail"]).toContain(
      "This user has no device. The device id must be 1 to 128 characters",
    );
    expect(answer.body["detail"]).toContain(`got ${shown(sub)}`);
    expect(logged.join()).toContain("must be 1 to 128 characters");
  });

  it("may have other devices than the one that can't be", async () => {
    const broker = createBroker({ devicesOf: ({ sub }) => [sub, "d1"] });
    expect(await ask(broker, { token: await jwt({ sub: "auth0|1" }) })).toMatchObject({
      body: { deviceId: "d1" },
    });
  });

  it("gets no control characters in an answer", async () => {
    const sub = "x\r\nset-cookie: a=b\u001b[31m\u202e";
    const broker = createBroker({ devicesOf: (user) => [user.sub] });
    const token = await jwt({ sub });
    for (const body of [undefined, JSON.stringify({ deviceId: sub }), JSON.stringify({ [sub]: 1 })]) {
      const answer = await ask(broker, body === undefined ? { token } : { token, body });
      expect(answer.status).toBe(body === undefined ? 403 : 400);
      for (const text of [...Object.values(answer.body).map(String), ...answer.headers.values()])
        expect(text).not.toMatch(/[\p{Cc}\u202e]/u);
    }
  });

  it("with several devices names one", async () => {
    const broker = createBroker({ devicesOf: () => ["d1", "d2"] });
    expect(await ask(broker)).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    expect(await ask(broker, { body: '{"deviceId":"d2"}' })).toMatchObject({ body: { deviceId: "d2" } });
  });

  it("above the rate limit waits, and other users don't", async () => {
    const broker = createBroker({ rateLimit: { requests: 3, windowMs: 60_000 } });
    const bob = await jwt({ sub: "bob", exp: seconds() + 3600 });
    const ann = await jwt({ exp: seconds() + 3600 });
    for (let n = 0; n < 3; n++) expect((await ask(broker, { token: ann })).status).toBe(200);
    const limited = await ask(broker, { token: ann });
    expect(limited).toMatchObject({ status: 429, body: { code: "rate_limited" } });
    expect(limited.headers.get("retry-after")).toBe("20");
    expect((await ask(broker, { token: bob })).status).toBe(200);
    await clock.advance(20_000);
    expect((await ask(broker, { token: ann })).status).toBe(200);
    expect((await ask(broker, { token: ann })).status).toBe(429);
    // The same name at another issuer is a different user.
    const both = createBroker({
      rateLimit: { requests: 1, windowMs: 60_000 },
      issuer: [issuer, "https://two.example/"],
    });
    expect((await ask(both, { token: ann })).status).toBe(200);
    const other = await jwt({ iss: "https://two.example/", exp: seconds() + 3600 });
    expect((await ask(both, { token: other })).status).toBe(200);
    expect((await ask(both, { token: ann })).status).toBe(429);
    // Neither is a user whose issuer and subject only look the same together.
    const similar = createBroker({
      devicesOf: () => ["d1"],
      rateLimit: { requests: 1, windowMs: 60_000 },
      issuer: ["a", "a b"],
    });
    for (const [iss, sub] of [
      ["a", "b c"],
      ["a b", "c"],
    ] as const)
      expect((await ask(similar, { token: await jwt({ iss, sub, exp: seconds() + 3600 }) })).status).toBe(
        200,
      );
    // Requests without a valid JWT count for no user.
    await clock.advance(60_000);
    for (let n = 0; n < 5; n++) await ask(broker, { token: "garbage" });
    expect((await ask(broker, { token: ann })).status).toBe(200);
  });
});

describe("pages", () => {
  it("of an allowed origin may request tokens and read every answer", async () => {
    const broker = createBroker();
    const preflight = await ask(broker, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "authorization, content-type",
      vary: "origin",
    });
    for (const token of [await jwt(), "garbage"]) {
      const { headers } = await ask(broker, { headers: { origin, authorization: `Bearer ${token}` } });
      expect(headers.get("access-control-allow-origin")).toBe(origin);
      expect(headers.get("access-control-expose-headers")).toContain("retry-after");
      expect(headers.get("access-control-allow-credentials")).toBeNull();
    }
  });

  it.each(["https://evil.example", "null", "https://app.example.evil.example", "http://app.example"])(
    "of the origin %s may not",
    async (evil) => {
      for (const method of ["OPTIONS", "POST"]) {
        const headers = { origin: evil, authorization: `Bearer ${await jwt()}` };
        const answer = await ask(createBroker(), { method, headers });
        expect(answer).toMatchObject({ status: 403, body: { code: "origin_not_allowed" } });
        expect(answer.headers.get("access-control-allow-origin")).toBeNull();
        expect(answer.headers.get("vary")).toBe("origin");
      }
    },
  );
});

describe("a request", () => {
  it.each(["GET", "PUT", "DELETE"])("with %s is answered with 405", async (method) => {
    const answer = await ask(createBroker(), { method });
    expect(answer).toMatchObject({ status: 405, body: { code: "method_not_allowed" } });
    expect(answer.headers.get("allow")).toBe("POST, OPTIONS");
  });

  it.each([
    ["invalid JSON", "deviceId=d1"],
    ["a list", "[]"],
    ["an invalid id", '{"deviceId":"a/b"}'],
    ["an id that is a number", '{"deviceId":5}'],
    ["a module without its device", '{"moduleId":"m1"}'],
    ["a misspelled field", '{"device":"d1"}'],
    ["too much", `{"deviceId":"${"x".repeat(5000)}"}`],
  ])("with %s is answered with 400", async (_what, body) => {
    const answer = await ask(createBroker(), { body });
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  });

  it.each<[string, object]>([
    ["devicesOf fails", { devicesOf: () => Promise.reject(new Error(`cannot query with ${deviceKey}`)) }],
    ["devicesOf doesn't return a list", { devicesOf: () => "d1" }],
    ["devicesOf returns a list of something else", { devicesOf: () => [5] }],
    ["devicesOf returns a module without its device", { devicesOf: () => [{ moduleId: "m1" }] }],
    ["devicesOf returns a Promise in the list", { devicesOf: () => [Promise.resolve("d1")] }],
    ["the connection string is malformed", { connectionString: () => `broken ${deviceKey}` }],
    ["there is no connection string", { connectionString: () => undefined }],
    [
      "the connection string is that of another device",
      { connectionString: `HostName=h;DeviceId=d9;SharedAccessKey=${deviceKey}` },
    ],
    ["the device has a certificate", { connectionString: "HostName=h;DeviceId=of-ann;x509=true" }],
    ["the logger fails too", { devicesOf: () => "d1", logger: { log: () => raise() } }],
  ])("is answered with 500 when %s, with the reason only in the log", async (_what, options) => {
    const answer = await ask(createBroker(options as never));
    expect(answer).toMatchObject({ status: 500, body: { code: "broker_failed" } });
    expect(JSON.stringify(answer.body)).not.toMatch(/query|broken|MDEy|connection/i);
    if (!("logger" in options)) expect(logged.join()).toMatch(/devicesOf failed|connectionString failed/);
  });
});

function raise(): never {
  throw new Error("full");
}

describe("options of a token broker", () => {
  const pem = (type: string): string => `-----BEGIN ${type}-----\nAA==\n-----END ${type}-----`;
  const secret = new Uint8Array(32);

  it.each<[string, object]>([
    ["neither jwks nor key", { key: undefined }],
    ["both", { jwks: "https://issuer.example/keys" }],
    ["a JWKS URL without TLS", { key: undefined, jwks: "http://issuer.example/keys" }],
    ["an invalid JWKS URL", { key: undefined, jwks: "keys" }],
    ["no issuer", { issuer: undefined }],
    ["an empty list of issuers", { issuer: [] }],
    ["no audience", { audience: "" }],
    ["no algorithms", { algorithms: [] }],
    ["alg none", { algorithms: ["none"] }],
    ["HS256 with a public key", { algorithms: ["RS256", "HS256"] }],
    ["HS256 with JWKS", { key: undefined, jwks: "https://issuer.example/keys", algorithms: ["HS256"] }],
    ["RS256 with a secret", { key: secret }],
    ["a short secret", { key: new Uint8Array(16), algorithms: ["HS256"] }],
    ["a private key", { key: pem("PRIVATE KEY") }],
    ["a private JWK", { key: { kty: "EC", crv: "P-256", x: "x", y: "y", d: "d" }, algorithms: ["ES256"] }],
    ["a secret as a string", { key: "top-secret", algorithms: ["RS256"] }],
    ["no origins", { allowedOrigins: undefined }],
    ["any origin", { allowedOrigins: ["*"] }],
    ["an origin with a path", { allowedOrigins: ["https://app.example/"] }],
    ["any subdomain", { allowedOrigins: ["https://*.app.example"] }],
    ["any host", { allowedOrigins: ["https://*"] }],
    ["any port", { allowedOrigins: ["https://app.example:*"] }],
    ["a part of a host name", { allowedOrigins: ["https://pr-*.app.example"] }],
    ["a list of schemes", { allowedOrigins: ["*://app.example"] }],
    ["alternatives", { allowedOrigins: ["https://(app).example", "https://{a,b}.example"] }],
    ["a regular expression", { allowedOrigins: [/https:\/\/.*/] }],
    ["a dollar sign", { allowedOrigins: ["https://app.example$"] }],
    ["the origin of a file", { allowedOrigins: ["null"] }],
    ["no policy function", { devicesOf: ["d1"] }],
    ["no connection string", { connectionString: undefined }],
    ["tokens for longer than a day", { sastokenTtl: 100_000 }],
    ["a negative tolerance", { clockTolerance: -1 }],
    ["no room for requests", { rateLimit: { requests: 0, windowMs: 1000 } }],
  ])("%s: ArgumentError invalid_argument", (_what, options) => {
    const create = (): unknown => createBroker(options);
    expect(create).toThrow(ArgumentError);
    expect(create).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    expect(create).not.toThrow(/top-secret|AA==/);
  });

  it("that are misspelled: ArgumentError unknown_option", () => {
    expect(() => createBroker({ allowedOrigin: [] } as never)).toThrow(
      expect.objectContaining({ code: "unknown_option" }),
    );
  });
});
