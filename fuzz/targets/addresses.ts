import fc from "fast-check";
import { expect } from "vitest";
import { parseHost } from "../../packages/core/src/setup/host-name.ts";
import { retryAfterMs } from "../../packages/core/src/util/retry-after.ts";
import { NoProxy } from "../../packages/node/src/proxy/no-proxy.ts";
import { ProxyOptions } from "../../packages/node/src/proxy/proxy-options.ts";
import { readCipherList } from "../../packages/node/src/tls/cipher-list.ts";
import { attempt } from "../coded.ts";
import { editedText } from "../edits.ts";
import { defineTarget, type Target } from "../target.ts";

/** Each entry costs microseconds, and the lists are the application's own. */
const longestList = 4 * 1024;
const input = fc.record({
  host: editedText(
    fc.constantFrom(
      "my-hub.azure-devices.net",
      "localhost:8883",
      "[::1]:8883",
      "ws://localhost:80",
      "10.0.0.1",
    ),
  ),
  proxy: editedText(
    fc.constantFrom(
      "http://user:pa%40ss@proxy.example:3128",
      "socks5://[::1]",
      "proxy.example",
      "socks4a://h:1",
    ),
  ),
  noProxy: editedText(
    fc.constantFrom(
      "localhost,.example.com,10.0.0.0/8",
      "*.internal:8080, [fe80::1]:1 ,::1/128",
      "*",
      "a::b:c",
    ),
    longestList,
  ),
  cipher: editedText(
    fc.constantFrom(
      "HIGH:!aNULL:@STRENGTH",
      "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
      "ECDHE+AESGCM, AES128-SHA",
    ),
    longestList,
  ),
  seconds: editedText(fc.constantFrom("3", "1.5", "-1", "1e9")),
});

/** Host names, proxies, the exceptions from them, and cipher lists. */
export const addresses: Target = defineTarget("addresses", input, (values) => {
  const address = attempt(() => parseHost("HostName", values.host));
  if ("value" in address) {
    const { port = 1 } = address.value;
    expect(port > 0 && port <= 65_535).toBe(true);
  }
  const environment = { HTTPS_PROXY: values.proxy, NO_PROXY: values.noProxy };
  const proxy = attempt(() => ProxyOptions.fromEnvironment(environment));
  if ("error" in proxy) expect(proxy.error.message).not.toContain("pa%40ss");
  const exceptions = new NoProxy(values.noProxy);
  for (const host of ["hub.example.com", "10.1.2.3", "fe80::1", "localhost"]) exceptions.includes(host, 8883);
  attempt(() => readCipherList(values.cipher));
  const wait = retryAfterMs(values.seconds);
  if (wait !== undefined) expect(wait >= 0 && wait <= 3_600_000).toBe(true);
});
