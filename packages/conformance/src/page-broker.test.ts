import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { getRequestListener } from "@hono/node-server";
import { createTokenBroker, type TokenBrokerOptions } from "@isohub/node/token-broker";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Chromium } from "./chromium.ts";
import { freshId } from "./device.ts";
import { eventually } from "./eventually.ts";
import { audience, type IdentityProvider, startIdentityProvider } from "./identity-provider.ts";
import { serve } from "./page-server.ts";
import { providedPlainHub } from "./provided-hub.ts";

const { hub } = providedPlainHub();
const dist = fileURLToPath(new URL("../../browser/dist/", import.meta.url));
const chromium = new Chromium();
const html = `<!doctype html><meta charset="utf-8"><script src="isohub.global.js"></script>`;
const origin = (): Promise<string> =>
  serve(async (path) => (path === "/index.html" ? html : readFile(dist + path)));

let idp: IdentityProvider;
beforeAll(async () => {
  idp = await startIdentityProvider();
});
afterAll(() => idp.close());

/** What a page has of the library, and of the test. */
interface PageWorld {
  readonly isohub: typeof import("@isohub/browser");
  readonly accessToken: () => Promise<string>;
  client: import("@isohub/browser").IoTHubDeviceClient;
  told: string[];
}

/** A broker in this Node process, whose users are each the device of their own name, and a page that may ask it. */
async function brokerAndPage(options: Partial<TokenBrokerOptions> = {}) {
  const at = await origin();
  const log: string[] = [];
  const policy = await hub.policyConnectionString();
  const broker = createTokenBroker({
    jwks: idp.jwksUrl,
    issuer: idp.issuer,
    audience,
    algorithms: ["RS256"],
    allowedOrigins: [at],
    devicesOf: ({ sub }) => [sub],
    connectionString: policy,
    logger: { log: (...entry) => log.push(JSON.stringify(entry)) },
    ...options,
  });
  const server = createServer(getRequestListener(broker));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://localhost:${(server.address() as AddressInfo).port}/token`;
  const [, host = "", key = ""] = /HostName=([^;]+).*SharedAccessKey=(.+)$/.exec(policy) ?? [];
  const user = freshId("user");
  await hub.createDevice(user);
  const { page } = await chromium.open(at);
  const seen: string[] = [];
  page.on(
    "response",
    (response) =>
      void response
        .text()
        .then((text) => seen.push(text))
        .catch(() => {}),
  );
  onTestFinished(async () => {
    const everything = [...seen, ...log, await page.content().catch(() => "")].join("\n");
    expect(everything).not.toContain(key);
    expect(log.join("\n")).not.toMatch(/eyJ|SharedAccessSignature/);
  });
  return { at, page, url, log, user, host };
}

/** Makes a client in a page that asks a broker, and connects it. @returns `connected`, or the error */
async function connect(
  page: Page,
  { url, jwt, deviceId, host }: { url: string; jwt: () => Promise<string>; deviceId?: string; host: string },
): Promise<unknown> {
  await page.exposeFunction("accessToken", jwt);
  return page.evaluate(
    async ([tokenUrl, device, gatewayHostname]) => {
      const world = globalThis as unknown as PageWorld;
      const { IoTHubDeviceClient } = world.isohub;
      try {
        world.client = await IoTHubDeviceClient.createFromTokenProvider(
          {
            url: tokenUrl,
            headers: async () => ({ authorization: `Bearer ${await world.accessToken()}` }),
            ...(device === "" ? {} : { deviceId: device }),
          },
          { gatewayHostname, retryPolicy: () => 200 },
        );
        world.told = [];
        world.client.onBackgroundException = (error) => world.told.push(String(Reflect.get(error, "code")));
        await world.client.connect();
        return world.client.state.status;
      } catch (error) {
        const { name, code, message, retryable, statusCode } = error as Record<string, unknown>;
        return { name, code, message, retryable, statusCode };
      }
    },
    [url, deviceId ?? "", host] as const,
  );
}

describe("a page without a key", () => {
  it("is a device by tokens from a broker, which are renewed with a fresh JWT each and without losing a message", async () => {
    const { page, url, user, host, log } = await brokerAndPage({ sastokenTtl: 4 });
    let jwts = 0;
    const jwt = (): Promise<string> => {
      jwts += 1;
      return idp.jwt({ sub: user });
    };
    const connections = await hub.countEvents("deviceConnected", user);
    expect(await connect(page, { url, jwt, host })).toBe("connected");
    let sent = 0;
    await eventually(async () => {
      await page.evaluate((n) => (globalThis as unknown as PageWorld).client.sendMessage(n), sent);
      sent += 1;
      expect(await connections()).toBeGreaterThanOrEqual(4);
    });
    const arrived = (await hub.telemetry(user)).map(({ body }) => Number(new TextDecoder().decode(body)));
    expect(arrived).toEqual(Array.from({ length: sent }, (_, n) => n));
    expect(await page.evaluate(() => (globalThis as unknown as PageWorld).told)).toEqual([]);
    expect(jwts).toBeGreaterThanOrEqual(4);
    expect(log.filter((line) => line.includes("A token was given out") && line.includes(user)).length).toBe(
      jwts,
    );
  });

  it("whose user is no device any more stays connected for as long as the last token, and says why it ended", async () => {
    let allowed = true;
    const { page, url, user, host } = await brokerAndPage({
      sastokenTtl: 4,
      devicesOf: ({ sub }) => (allowed ? [sub] : []),
    });
    expect(await connect(page, { url, jwt: () => idp.jwt({ sub: user }), host })).toBe("connected");
    allowed = false;
    await eventually(async () =>
      expect(
        await page.evaluate(() => {
          const { status, reason } = (globalThis as unknown as PageWorld).client.state;
          return { status, code: Reflect.get(reason ?? {}, "code") };
        }),
      ).toEqual({ status: "disconnected", code: "token_refused" }),
    );
    expect(await hub.sessions(user)).toEqual([]);
  });

  const refused = { name: "CredentialError", code: "token_refused", retryable: false };
  const forgery = "not signed by the expected issuer";
  it.each<[string, (sub: string) => Promise<string>, number, string]>([
    ["an expired JWT", (sub) => idp.jwt({ sub, lifetime: -60 }), 401, "has expired"],
    ["a JWT for another audience", (sub) => idp.jwt({ sub, aud: "another-service" }), 401, "'aud'"],
    ["a JWT of another issuer", (sub) => idp.jwt({ sub, iss: "https://evil.example/" }), 401, "'iss'"],
    ["alg: none", async (sub) => (await idp.forged({ sub })).none, 401, forgery],
    [
      "the public key used as a secret",
      async (sub) => (await idp.forged({ sub })).keyConfusion,
      401,
      forgery,
    ],
    ["a key of its own", async (sub) => (await idp.forged({ sub })).otherKey, 401, forgery],
    ["no JWT", async () => "", 401, "authorization: Bearer"],
  ])("with %s gets no token", async (_what, jwt, status, says) => {
    const { page, url, user, host, log } = await brokerAndPage();
    expect(await connect(page, { url, jwt: () => jwt(user), host })).toMatchObject({
      ...refused,
      message: expect.stringMatching(new RegExp(`status ${status}: .*${says}`)),
    });
    expect(log).toHaveLength(1);
    expect(await hub.sessions(user)).toEqual([]);
  });

  it("gets no token for another user's device", async () => {
    const { page, url, user, host } = await brokerAndPage();
    const other = freshId("user");
    await hub.createDevice(other);
    const jwt = (): Promise<string> => idp.jwt({ sub: user });
    expect(await connect(page, { url, jwt, deviceId: other, host })).toMatchObject({
      ...refused,
      message: expect.stringContaining("status 403: This user may not be that device"),
    });
  });

  it("gets no token over the rate limit of its user", async () => {
    const { page, url, user, host } = await brokerAndPage({ rateLimit: { requests: 1, windowMs: 60_000 } });
    const jwt = (): Promise<string> => idp.jwt({ sub: user });
    expect(await connect(page, { url, jwt, host })).toBe("connected");
    const { page: second } = await chromium.open(new URL(page.url()).origin);
    expect(await connect(second, { url, jwt, host })).toMatchObject({
      name: "ServiceError",
      code: "token_provider_failed",
      statusCode: 429,
      retryable: true,
    });
  });

  it("may name its broker by a path, which is on its own server", async () => {
    const { at, page } = await brokerAndPage();
    const jwt = async (): Promise<string> => "jwt";
    expect(await connect(page, { url: "/nobody-here", jwt, host: "localhost" })).toMatchObject({
      name: "ServiceError",
      code: "token_provider_failed",
      statusCode: 404,
      retryable: false,
      message: expect.stringContaining(`${at}/nobody-here answered with status 404`),
    });
  });

  it("from an origin that is not allowed gets no answer at all", async () => {
    const { url, user, host, log } = await brokerAndPage();
    const { page: foreign } = await chromium.open(await origin());
    const jwt = (): Promise<string> => idp.jwt({ sub: user });
    expect(await connect(foreign, { url, jwt, host })).toMatchObject({
      name: "ConnectionFailedError",
      code: "token_provider_failed",
    });
    expect(log.join()).toContain("origin_not_allowed");
    expect(log.join()).not.toContain("A token was given out");
  });
});
