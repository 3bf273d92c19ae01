// A service over the REST API of the hub. Microsoft's clients do the same, see docs/guide/services.md: they need port 443.
import { createHmac } from "node:crypto";

/** Returns a function that sends a request: `request("GET", "/twins/thermostat-1")` resolves with the JSON of the answer. */
export function createService(baseUrl, connectionString) {
  const field = (name) => new RegExp(`${name}=([^;]+)`).exec(connectionString)?.[1] ?? "";
  const [resource, policy] = [field("HostName"), field("SharedAccessKeyName")].map(encodeURIComponent);
  const expiry = Math.floor(Date.now() / 1000) + 3600;
  const hmac = createHmac("sha256", Buffer.from(field("SharedAccessKey"), "base64"));
  const signature = encodeURIComponent(hmac.update(`${resource}\n${expiry}`).digest("base64"));
  const authorization = `SharedAccessSignature sr=${resource}&sig=${signature}&se=${expiry}&skn=${policy}`;
  return async (method, path, body) => {
    const response = await fetch(`${baseUrl}${path}?api-version=2021-04-12`, {
      method,
      headers: { authorization, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
}
