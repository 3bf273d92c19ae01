// A stand-in for an identity provider on your machine: signs a JWT for the user `alice` for anyone. Never deploy it.
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

const { PORT = "9000" } = process.env;
const { publicKey, privateKey } = await generateKeyPair("RS256");
const keys = [{ ...(await exportJWK(publicKey)), alg: "RS256" }];

const signJwt = () =>
  new SignJWT()
    .setProtectedHeader({ alg: "RS256" })
    .setIssuer("http://localhost/")
    .setAudience("device-tokens")
    .setSubject("alice")
    .setExpirationTime("5m")
    .sign(privateKey);

const server = createServer(async ({ url }, response) => {
  response.setHeader("access-control-allow-origin", "*");
  response.end(url === "/jwks" ? JSON.stringify({ keys }) : await signJwt());
}).listen(PORT, "127.0.0.1", () => {
  console.log(`Listening on http://localhost:${server.address().port}/`);
});
