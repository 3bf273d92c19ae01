import { createTokenBroker } from "@isohub/deno/token-broker";

const broker = createTokenBroker({
  jwks: Deno.env.get("JWKS_URL"),
  issuer: Deno.env.get("JWT_ISSUER"),
  audience: "device-tokens",
  algorithms: ["RS256"],
  allowedOrigins: [Deno.env.get("PAGE_ORIGIN")],
  devicesOf: (user) => [`thermostat-${user.sub}`, `meter-${user.sub}`],
  connectionString: Deno.env.get("HUB_POLICY"),
});

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.env.get("PORT") ?? 8080) }, broker);
