import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { createTokenBroker } from "@isohub/node/token-broker";

const { JWKS_URL, JWT_ISSUER, PAGE_ORIGIN, HUB_POLICY, PORT = "8080" } = process.env;

const broker = createTokenBroker({
  jwks: JWKS_URL,
  issuer: JWT_ISSUER,
  audience: "device-tokens",
  algorithms: ["RS256"],
  allowedOrigins: [PAGE_ORIGIN],
  // The devices that this user may connect as. In your application, look them up in a database.
  devicesOf: (user) => [`thermostat-${user.sub}`, `meter-${user.sub}`],
  // HostName=…;SharedAccessKeyName=device;SharedAccessKey=…
  connectionString: HUB_POLICY,
});

const server = createServer(getRequestListener(broker)).listen(PORT, "127.0.0.1", () => {
  console.log(`Listening on http://localhost:${server.address().port}/`);
});
