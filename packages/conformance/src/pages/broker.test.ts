import type { TokenBrokerOptions } from "@isohub/node/token-broker";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { freshId, hostOf, keyOf } from "../device.ts";
import { eventually } from "../eventually.ts";
import { type IdentityProvider, startIdentityProvider } from "../identity-provider.ts";
import { providedPlainHub } from "../provided-hub.ts";
import { serveOnNode } from "../runtimes/broker-suite.ts";
import { Chromium } from "./chromium.ts";
import type {} from "./page-globals.ts";
import { globalPage, servePage } from "./page-server.ts";
import { startPageBroker } from "./page-token-broker.ts";

const { hub } = providedPlainHub();
const chromium = new Chromium();

let idp: IdentityProvider;
beforeAll(async () => {
  idp = await startIdentityProvider();
});
afterAll(() => idp.close());

/** Starts a broker that lets each user be the device of the same name, and opens a page that may use it. */
async function startBrokerAndPage(options: Partial<TokenBrokerOptions> = {}) {
  const origin = await servePage(globalPage);
  const log: string[] = [];
  const policy = await hub.policyConnectionString();
  const url = await startPageBroker(idp, origin, {
    devicesOf: ({ sub }) => [sub],
    connectionString: policy,
    logger: { log: (...entry) => log.push(JSON.stringify(entry)) },
    ...options,
  });
  const host = hostOf(policy);
  const user = freshId("user");
  await hub.createDevice(user);
  const { page } = await chromium.open(origin);
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
    expect(everything).not.toContain(keyOf(policy));
    expect(log.join("\n")).not.toMatch(/eyJ|SharedAccessSignature/);
  });
  return { origin, page, url, log, user, host };
}

/** Creates a client in a page that gets its tokens from a broker, and connects it. @returns `connected`, or the error */
async function connect(
  page: Page,
  { url, jwt, deviceId, host }: { url: string; jwt: () => Promise<string>; deviceId?: string; host: string },
): Promise<unknown> {
  await page.exposeFunction("accessToken", jwt);
  return page.evaluate(
    async ([tokenUrl, device, gatewayHostname]) => {
      try {
        const client = await isohub.IoTHubDeviceClient.createFromTokenProvider(
          {
            url: tokenUrl,
            headers: async () => ({ authorization: `Bearer ${await accessToken()}` }),
            ...(device === "" ? {} : { deviceId: device }),
          },
          { gatewayHostname, retryPolicy: () => 200 },
        );
        const background: string[] = [];
        client.onBackgroundException = (error) => background.push(error.code);
        globalThis.pageTest = { client, background };
        await client.connect();
        return client.state.status;
      } catch (error) {
        const { name, code, message, retryable, statusCode } = error as Record<string, unknown>;
        return { name, code, message, retryable, statusCode };
      }
    },
    [url, deviceId ?? "", host] as const,
  );
}

describe("a page without a key", () => {
  it("gets tokens from a broker, and renews each with a new JWT, without losing a message", async () => {
    const { page, url, user, host, log } = await startBrokerAndPage({ sastokenTtl: 4 });
    let jwts = 0;
    const jwt = (): Promise<string> => {
      jwts += 1;
      return idp.jwt({ sub: user });
    };
    const connections = await hub.countEvents("deviceConnected", user);
    expect(await connect(page, { url, jwt, host })).toBe("connected");
    let sent = 0;
    await eventually(async () => {
      await page.evaluate((n) => pageTest.client.sendMessage(n), sent);
      sent += 1;
      expect(await connections()).toBeGreaterThanOrEqual(4);
    });
    const arrived = (await hub.telemetry(user)).map(({ body }) => Number(new TextDecoder().decode(body)));
    expect(arrived).toEqual(Array.from({ length: sent }, (_, n) => n));
    expect(await page.evaluate(() => pageTest.background)).toEqual([]);
    expect(jwts).toBeGreaterThanOrEqual(4);
    // A renewal may be on its way.
    await expect
      .poll(
        () =>
          log.filter((line) => line.includes("A token was given out") && line.includes(user)).length - jwts,
      )
      .toBe(0);
  });

  it("stays connected until its last token expires if its user loses the device, and reports why", async () => {
    let allowed = true;
    const { page, url, user, host } = await startBrokerAndPage({
      sastokenTtl: 4,
      devicesOf: ({ sub }) => (allowed ? [sub] : []),
    });
    expect(await connect(page, { url, jwt: () => idp.jwt({ sub: user }), host })).toBe("connected");
    allowed = false;
    await eventually(async () =>
      expect(
        await page.evaluate(() => {
          const { status, reason } = pageTest.client.state;
          return { status, code: reason?.code };
        }),
      ).toEqual({ status: "disconnected", code: "token_refused" }),
    );
    await expect.poll(() => hub.sessionsOf(user)).toEqual([]);
  });

  const refused = { name: "CredentialError", code: "token_refused", retryable: false };
  const forgery = "wasn't signed by the expected issuer";
  it.each<[string, (sub: string) => Promise<string>, number, string]>([
    ["an expired JWT", (sub) => idp.jwt({ sub, lifetime: -60 }), 401, "has expired"],
    ["a JWT for another audience", (sub) => idp.jwt({ sub, aud: "another-service" }), 401, "'aud'"],
    ["a JWT from another issuer", (sub) => idp.jwt({ sub, iss: "https://evil.example/" }), 401, "'iss'"],
    ["a JWT with alg: none", async (sub) => (await idp.forged({ sub })).none, 401, forgery],
    [
      "a JWT with the public key as its secret",
      async (sub) => (await idp.forged({ sub })).keyConfusion,
      401,
      forgery,
    ],
    ["a JWT signed with another key", async (sub) => (await idp.forged({ sub })).otherKey, 401, forgery],
    ["no JWT", async () => "", 401, "authorization: Bearer"],
  ])("gets no token for %s", async (_title, jwt, status, message) => {
    const { page, url, user, host, log } = await startBrokerAndPage();
    expect(await connect(page, { url, jwt: () => jwt(user), host })).toMatchObject({
      ...refused,
      message: expect.stringMatching(new RegExp(`status ${status}: .*${message}`)),
    });
    expect(log).toHaveLength(1);
    expect(await hub.sessionsOf(user)).toEqual([]);
  });

  it("gets no token for another user's device", async () => {
    const { page, url, user, host } = await startBrokerAndPage();
    const other = freshId("user");
    await hub.createDevice(other);
    const jwt = (): Promise<string> => idp.jwt({ sub: user });
    expect(await connect(page, { url, jwt, deviceId: other, host })).toMatchObject({
      ...refused,
      message: expect.stringContaining("status 403: This user isn't allowed to connect as that device"),
    });
  });

  it("gets no token over the rate limit of its user", async () => {
    const { page, url, user, host } = await startBrokerAndPage({
      rateLimit: { requests: 1, windowMs: 60_000 },
    });
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

  it("doesn't follow its broker's redirect to another host", async () => {
    const { page, url, user, host, log } = await startBrokerAndPage();
    // It allows every page everything.
    const { port, close } = await serveOnNode((request, response) => {
      const allow = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };
      response.writeHead(request.method === "OPTIONS" ? 204 : 307, { ...allow, location: url }).end();
    });
    onTestFinished(close);
    const jwt = (): Promise<string> => idp.jwt({ sub: user });
    expect(await connect(page, { url: `http://localhost:${port}/token`, jwt, host })).toMatchObject({
      name: "ConnectionFailedError",
      code: "token_provider_failed",
    });
    expect(log).toEqual([]);
  });

  it("can specify its broker by a path on its own origin", async () => {
    const { origin, page } = await startBrokerAndPage();
    const jwt = async (): Promise<string> => "jwt";
    expect(await connect(page, { url: "/unknown", jwt, host: "localhost" })).toMatchObject({
      name: "ServiceError",
      code: "token_provider_failed",
      statusCode: 404,
      retryable: false,
      message: expect.stringContaining(`${origin}/unknown answered with status 404`),
    });
  });

  it("gets no response from a broker that does not allow its origin", async () => {
    const { url, user, host, log } = await startBrokerAndPage();
    const { page: foreign } = await chromium.open(await servePage(globalPage));
    const jwt = (): Promise<string> => idp.jwt({ sub: user });
    expect(await connect(foreign, { url, jwt, host })).toMatchObject({
      name: "ConnectionFailedError",
      code: "token_provider_failed",
    });
    expect(log.join()).toContain("origin_not_allowed");
    expect(log.join()).not.toContain("A token was given out");
  });
});
