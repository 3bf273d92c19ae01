import { decodeBase64, hmacSha256, signSasToken, symmetricKeySigner } from "@isohub/core/internal";
import type { Emulator } from "../api/emulator.ts";
import { type HttpsAnswer, type HttpsOptions, https } from "./https.ts";

/** Signs a token of a shared access policy. */
export async function policyToken(
  emulator: Emulator,
  policy: string = "iothubowner",
  resource: string = "localhost",
  expiry: number = 4_000_000_000,
): Promise<string> {
  const key = /SharedAccessKey=(.*)/.exec(emulator.policyConnectionStrings[policy] ?? "")?.[1] ?? "";
  const signer = symmetricKeySigner(decodeBase64(key) ?? new Uint8Array(), hmacSha256);
  return `${await signSasToken(signer, resource, expiry)}&skn=${policy}`;
}

/** A request of a service, with the token of a policy. */
export interface ServiceRequest extends HttpsOptions {
  readonly policy?: string;
}

/** Sends a request of a service: `GET /devices/d1`. */
export async function serviceRequest(
  emulator: Emulator,
  request: string,
  { policy, headers, ...options }: ServiceRequest = {},
): Promise<HttpsAnswer> {
  const [method = "", path = ""] = request.split(" ");
  const authorization = await policyToken(emulator, policy);
  const versioned = path.includes("api-version")
    ? path
    : `${path}${path.includes("?") ? "&" : "?"}api-version=2021-04-12`;
  return https(emulator, versioned, { ...options, method, headers: { authorization, ...headers } });
}
