import { createHmac } from "node:crypto";

/**
 * Signs a token of a policy of a local hub, valid for a day.
 *
 * @param {string} connectionString - of the policy
 */
export function policyToken(connectionString) {
  const [, policy] = /SharedAccessKeyName=([^;]+)/.exec(connectionString) ?? [];
  const [, key = ""] = /SharedAccessKey=([^;]+)/.exec(connectionString) ?? [];
  const expiry = Math.floor(Date.now() / 1000) + 86_400;
  const signature = createHmac("sha256", Buffer.from(key, "base64"))
    .update(`localhost\n${expiry}`)
    .digest("base64");
  return `SharedAccessSignature sr=localhost&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${policy}`;
}
