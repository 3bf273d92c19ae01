import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect } from "vitest";
import { parseSasToken } from "../../packages/core/src/auth/sas-token.ts";
import { createTokenBroker } from "../../packages/core/src/token-broker/token-broker.ts";
import { editedJsonText } from "../edited-json.ts";
import { editedText } from "../edits.ts";
import { defineTarget, type Target } from "../target.ts";

const secret = new Uint8Array(32).fill(9);
const key = Buffer.alloc(32, 5).toString("base64");
const logged: string[] = [];
const broker = createTokenBroker({
  key: secret,
  issuer: "https://issuer.example/",
  audience: "device-tokens",
  algorithms: ["HS256"],
  allowedOrigins: ["https://app.example"],
  devicesOf: ({ sub }) => [sub, "d1", { deviceId: "d1", moduleId: "m1" }],
  connectionString: `HostName=hub.example;SharedAccessKeyName=device;SharedAccessKey=${key}`,
  rateLimit: { requests: 1_000_000, windowMs: 1000 },
  logger: { log: (...entry) => logged.push(JSON.stringify(entry)) },
});
const claimsOfAnn = { sub: "ann", iss: "https://issuer.example/", aud: "device-tokens", exp: 4e9 };

/** A JWT that is signed correctly, whatever its claims are. */
const signed = fc
  .record({
    sub: fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.constant(null)),
    iss: fc.constantFrom<unknown>("https://issuer.example/", ["https://issuer.example/"], 1),
    aud: fc.constantFrom<unknown>("device-tokens", ["device-tokens", 1], {}),
    exp: fc.constantFrom<unknown>(4e9, "4000000000", -1, 1e300, null),
  })
  .map((claims) => sign(JSON.stringify(claims)));
const valid = fc.constant(sign(JSON.stringify(claimsOfAnn)));
const jwt = fc.oneof(
  { weight: 3, arbitrary: valid },
  { weight: 2, arbitrary: editedText(valid) },
  { weight: 2, arbitrary: signed },
  { weight: 2, arbitrary: editedJsonText(fc.constant(claimsOfAnn)).map((claims) => sign(claims)) },
  {
    weight: 1,
    arbitrary: editedJsonText(fc.constant({ alg: "HS256", kid: "1" })).map((header) => sign("{}", header)),
  },
);
const input = fc.record({
  jwt,
  scheme: editedText(fc.constant("Bearer ")),
  method: fc.constantFrom("POST", "POST", "POST", "POST", "GET", "OPTIONS", "PUT"),
  origin: fc.option(editedText(fc.constant("https://app.example")), { nil: undefined }),
  body: editedJsonText(fc.constantFrom<unknown>({ deviceId: "d1" }, { deviceId: "d1", moduleId: "m1" }, {})),
});

/** Requests to a token broker: a token for an allowed device, or problem details; never a failure of the broker. */
export const brokerRequests: Target = defineTarget("broker-requests", input, async (values) => {
  const { jwt: token } = values;
  const headers = new Headers();
  try {
    headers.set("authorization", `${values.scheme}${token}`);
    if (values.origin !== undefined) headers.set("origin", values.origin);
  } catch {
    // A server never receives what no header can contain.
    return;
  }
  const { method } = values;
  const hasBody = method !== "GET";
  const request = new Request("https://broker.example/", {
    method,
    headers,
    ...(hasBody ? { body: values.body } : {}),
  });
  const response = await broker(request);
  const text = await response.text();
  const log = logged.splice(0).join("\n");
  expect(text + log).not.toContain(key.slice(0, 12));
  if (token.length >= 20) expect(log).not.toContain(token.slice(-20));
  if (response.status === 204) return;
  const answer = JSON.parse(text) as Record<string, unknown>;
  if (response.status === 200) {
    expect(parseSasToken(answer["token"]).keyName).toBe("device");
    return;
  }
  expect([400, 401, 403, 405]).toContain(response.status);
  expect(answer["code"]).toBeTypeOf("string");
});

function sign(claims: string, header = '{"alg":"HS256"}'): string {
  const content = [header, claims].map((part) => Buffer.from(part).toString("base64url")).join(".");
  return `${content}.${createHmac("sha256", secret).update(content).digest("base64url")}`;
}
