/** Signs a SAS token for a policy. @source IoT Hub, "Security tokens" */
async function policyToken(connectionString: string, seconds: number): Promise<string> {
  const fields = Object.fromEntries(
    connectionString.split(";").map((part) => {
      const at = part.indexOf("=");
      return [part.slice(0, at), part.slice(at + 1)];
    }),
  );
  const { HostName = "", SharedAccessKeyName = "", SharedAccessKey = "" } = fields;
  const resource = encodeURIComponent(HostName);
  const expiry = Math.floor(Date.now() / 1000) + seconds;
  const bytes = Uint8Array.from(atob(SharedAccessKey), (letter) => letter.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(`${resource}\n${expiry}`));
  const text = encodeURIComponent(btoa(String.fromCharCode(...new Uint8Array(signature))));
  return `SharedAccessSignature sr=${resource}&sig=${text}&se=${expiry}&skn=${SharedAccessKeyName}`;
}

/** A page of the result of a query. */
export interface QueryPage {
  readonly rows: readonly unknown[];
  readonly isWhole: boolean;
}

/** Runs a query on the local hub, over its REST API for services. @throws {Error} with the hub's message */
export async function runQuery(serviceConnectionString: string, query: string): Promise<QueryPage> {
  const response = await fetch("/devices/query?api-version=2021-04-12", {
    method: "POST",
    headers: {
      authorization: await policyToken(serviceConnectionString, 300),
      "content-type": "application/json",
      "x-ms-max-item-count": "200",
    },
    body: JSON.stringify({ query }),
  });
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(messageIn(body) ?? `The hub answered with status ${response.status}`);
  return { rows: Array.isArray(body) ? body : [body], isWhole: !response.headers.has("x-ms-continuation") };
}

function messageIn(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { Message, message } = body as { readonly Message?: unknown; readonly message?: unknown };
  const found = Message ?? message;
  return typeof found === "string" ? found : undefined;
}
