import { inspect } from "node:util";
import { ProxyOptions as CoreProxyOptions } from "@isohub/core";
import { describe, expect, it } from "vitest";
import { proxyFor } from "./no-proxy.ts";
import { ProxyOptions } from "./proxy-options.ts";

const secret = "s3cret";

function rejectionOf(run: () => unknown): Error & { remediation?: string } {
  try {
    run();
  } catch (error) {
    expect(error).toMatchObject({ name: "ArgumentError", code: "invalid_argument" });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(secret);
    return error as Error;
  }
  throw new Error("It was accepted");
}

describe("ProxyOptions", () => {
  it.each([
    `http://user:${secret}@proxy:8080`,
    `http://user:${secret}@proxy`,
    `user:${secret}@proxy`,
    `proxy:8080/${secret}`,
    `proxy?${secret}`,
    "http://proxy",
    "proxy:8080",
    "proxy name",
    "proxy\n",
    "",
  ])("rejects an address that is more than a host, without showing it: %j", (address) => {
    const rejection = rejectionOf(() => new ProxyOptions("HTTP", address, 8080));
    expect(rejection.message).toMatch(
      /^proxyAddr must be a host name or IP address, got (an empty|another) string$/,
    );
    expect(rejection.remediation).toContain("separately");
  });

  it.each([
    ["proxy.example", "proxy.example"],
    ["my_proxy-1", "my_proxy-1"],
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8::1", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["::1", "::1"],
  ])("accepts the address %s", (address, expected) => {
    expect(new ProxyOptions("HTTP", address, 8080).proxyAddress).toBe(expected);
  });

  it.each<[string, () => unknown, string]>([
    [
      "a port in a string",
      () => new ProxyOptions("HTTP", "h", "8080" as never),
      "proxyPort must be an integer",
    ],
    [
      "a user name with a colon",
      () => new ProxyOptions("HTTP", "h", 1, `a:${secret}`),
      "proxyUsername must not contain ':'",
    ],
    [
      "a password that isn't a string",
      () => new ProxyOptions("HTTP", "h", 1, "u", 5 as never),
      "proxyPassword must be a string",
    ],
    [
      "a password too long for SOCKS 5",
      () => new ProxyOptions("SOCKS5", "h", 1, "u", secret.repeat(50)),
      "proxyPassword must be a string of 1 to 255 bytes, got 300 bytes",
    ],
    [
      "hosts that aren't a string",
      () => new ProxyOptions("HTTP", "h", 1, "u", "p", [] as never),
      "noProxy must be a string",
    ],
  ])("rejects %s", (_, create, message) => {
    expect(rejectionOf(create).message).toContain(message);
  });

  it("shows no password: neither to JSON nor to inspect with hidden properties", () => {
    const proxy = new ProxyOptions("HTTP", "h", 1, "user", secret);
    expect(proxy.proxyPassword).toBe(secret);
    for (const options of [{}, { showHidden: true }, { showHidden: true, depth: 10, showProxy: true }])
      expect(inspect({ proxy }, options)).not.toContain(secret);
    expect(JSON.stringify(proxy)).not.toContain(secret);
    expect(Object.keys({ ...proxy })).not.toContain("proxyPassword");
  });

  it("recognizes core's class, and core recognizes this one", () => {
    expect(new ProxyOptions("HTTP", "h", 1)).toBeInstanceOf(CoreProxyOptions);
    expect(new CoreProxyOptions("HTTP", "h", 1)).toBeInstanceOf(ProxyOptions);
  });
});

describe("ProxyOptions.fromEnvironment", () => {
  it.each<[Record<string, string>, object]>([
    [
      { HTTPS_PROXY: `http://user:${secret}@proxy.example:3128` },
      {
        proxyType: "HTTP",
        proxyAddress: "proxy.example",
        proxyPort: 3128,
        proxyUsername: "user",
        proxyPassword: secret,
      },
    ],
    [
      { https_proxy: "http://low:1", HTTPS_PROXY: "http://up:2" },
      { proxyAddress: "low", proxyPort: 1 },
    ],
    [
      { ALL_PROXY: "socks5://all:1", HTTPS_PROXY: "http://up:2" },
      { proxyType: "HTTP", proxyAddress: "up" },
    ],
    [{ ALL_PROXY: "socks5h://all" }, { proxyType: "SOCKS5", proxyAddress: "all", proxyPort: 1080 }],
    [{ all_proxy: "socks4a://all:9" }, { proxyType: "SOCKS4", proxyPort: 9 }],
    [
      { HTTPS_PROXY: "proxy.example:3128" },
      { proxyType: "HTTP", proxyAddress: "proxy.example", proxyPort: 3128 },
    ],
    [{ HTTPS_PROXY: "http://proxy.example" }, { proxyPort: 80 }],
    [{ HTTPS_PROXY: "http://proxy.example/" }, { proxyPort: 80 }],
    [{ HTTPS_PROXY: "http://[2001:db8::1]:8080" }, { proxyAddress: "2001:db8::1", proxyPort: 8080 }],
    [{ HTTPS_PROXY: "http://us%40er:p%3Aw%2F@p:1" }, { proxyUsername: "us@er", proxyPassword: "p:w/" }],
    [{ HTTPS_PROXY: " http://p:1\n" }, { proxyAddress: "p" }],
    [
      { HTTPS_PROXY: `http://domain\\user:${secret}@p:1` },
      { proxyAddress: "p", proxyUsername: "domain\\user", proxyPassword: secret },
    ],
  ])("reads %j", (environment, expected) => {
    expect(ProxyOptions.fromEnvironment(environment)).toMatchObject(expected);
  });

  it.each([{}, { HTTPS_PROXY: "" }, { HTTPS_PROXY: " " }, { HTTP_PROXY: "http://p:1" }, { NO_PROXY: "*" }])(
    "returns undefined for %j",
    (environment) => {
      expect(ProxyOptions.fromEnvironment(environment)).toBeUndefined();
    },
  );

  it.each([
    [`https://user:${secret}@proxy:1`, "a URL with the scheme 'https:'"],
    [`ftp://${secret}@proxy`, "a URL with the scheme 'ftp:'"],
    [`http://user:${secret}@proxy:70000`, "a string that isn't a URL"],
    [`http://user:${secret}@`, "a string that isn't a URL"],
    ["http:/proxy:3128", "a string that isn't a URL"],
    [`"http://user:${secret}@proxy"`, "a string in quotes"],
    [`http://user:1/${secret}@proxy:1`, "needs percent-encoding"],
    [`http://user#${secret}@proxy:1`, "needs percent-encoding"],
    [`http://user?:${secret}@proxy:1`, "needs percent-encoding"],
    [`\u200bhttp://user:${secret}@proxy`, "a string that isn't a URL"],
    [`http://us%3Aer:${secret}@proxy`, "which ends the user name in HTTP"],
  ])("rejects a value that it can't use, without showing it: %s", (value, got) => {
    const rejection = rejectionOf(() => ProxyOptions.fromEnvironment({ HTTPS_PROXY: value }));
    expect(rejection.message).toMatch(/^HTTPS_PROXY must be the URL of an HTTP or SOCKS proxy, got /);
    expect(rejection.message).toContain(got);
  });

  it("reads the variables of this process by default", () => {
    const { HTTPS_PROXY } = process.env;
    process.env["HTTPS_PROXY"] = "http://of-this-process:1";
    try {
      expect(ProxyOptions.fromEnvironment()).toMatchObject({ proxyAddress: expect.stringMatching(/./) });
    } finally {
      if (HTTPS_PROXY === undefined) delete process.env["HTTPS_PROXY"];
      else process.env["HTTPS_PROXY"] = HTTPS_PROXY;
    }
  });
});

describe("NO_PROXY", () => {
  const bypassed = (noProxy: string, host: string, port = 8883): boolean =>
    proxyFor(ProxyOptions.fromEnvironment({ HTTPS_PROXY: "http://p:1", NO_PROXY: noProxy }), {
      host,
      port,
    }) === undefined;

  it.each([
    ["hub.example", "hub.example"],
    ["HUB.example", "hub.EXAMPLE"],
    ["hub.example", "hub.example."],
    ["example", "hub.example"],
    [".example", "hub.example"],
    ["*.example", "hub.example"],
    ["a.test, hub.example", "hub.example"],
    ["a.test hub.example", "hub.example"],
    ["a.test;hub.example", "hub.example"],
    ['"a.test,hub.example"', "hub.example"],
    ["hub.example.", "hub.example"],
    ["*hub.example", "my-hub.example"],
    ["my-*.example", "my-hub.example"],
    ["my-hub.*:8883", "my-hub.example"],
    ["192.0.*", "192.0.2.1"],
    ["hub.example:8883", "hub.example"],
    ["*", "hub.example"],
    ["192.0.2.1", "192.0.2.1"],
    ["192.0.2.0/24", "192.0.2.77"],
    ["10.0.0.0/8,192.0.2.0/24", "10.1.2.3"],
    ["2001:db8::1", "2001:db8::1"],
    ["[2001:db8::1]:8883", "2001:db8::1"],
    ["2001:db8::/32", "2001:db8:5::1"],
    ["", "localhost"],
    ["", "device.localhost"],
    ["", "127.0.0.1"],
    ["", "::1"],
  ])("%j lets the client reach %s without the proxy", (noProxy, host) => {
    expect(bypassed(noProxy, host)).toBe(true);
  });

  it.each([
    ["", "hub.example"],
    ["hub.example", "other-hub.example"],
    ["my-*.example", "hub.my-x.example.test"],
    ["my.hub*", "my-hub.example"],
    ["192.0.*", "192.1.0.1"],
    ["my-hub.*:443", "my-hub.example"],
    ["hub.example", "hub.example.test"],
    ["example", "badexample"],
    ["hub.example:443", "hub.example"],
    ["192.0.2.0/24", "192.0.3.1"],
    ["192.0.2.0/99", "192.0.2.1"],
    ["192.0.2", "192.0.2.1"],
    ["2001:db8::/32", "2001:db9::1"],
    ["2001:db8::/32", "192.0.2.1"],
    ["not/an/entry", "hub.example"],
  ])("%j doesn't concern %s", (noProxy, host) => {
    expect(bypassed(noProxy, host)).toBe(false);
  });

  it("concerns only proxies with such a list", () => {
    const proxy = new ProxyOptions("HTTP", "p", 1);
    expect(proxyFor(proxy, { host: "localhost", port: 1 })).toBe(proxy);
    expect(proxyFor(new CoreProxyOptions("HTTP", "p", 1), { host: "localhost", port: 1 })).toBeDefined();
    expect(
      proxyFor(new ProxyOptions("HTTP", "p", 1, undefined, undefined, ""), { host: "localhost", port: 1 }),
    ).toBeUndefined();
    expect(proxyFor(undefined, { host: "localhost", port: 1 })).toBeUndefined();
  });
});
