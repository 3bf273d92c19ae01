import { ArgumentError } from "../errors.ts";
import { encodeBase64 } from "../util/base64.ts";
import type { OwnedBytes } from "../util/owned-bytes.ts";
import { decodePercent, encodePercent } from "../util/percent.ts";
import { utf8 } from "../util/text.ts";

const scheme = "SharedAccessSignature ";

/** Signs SAS tokens with an HMAC-SHA256. The key can be in memory, in a TPM, or behind the workload API of IoT Edge. */
export interface SigningMechanism {
  /** Returns the base64 signature of `data`. */
  sign(data: string): Promise<string>;
}

/** Creates a signer with a key in memory. */
export function symmetricKeySigner(
  key: OwnedBytes,
  hmac: (key: OwnedBytes, data: OwnedBytes) => Promise<Uint8Array>,
): SigningMechanism {
  return { sign: async (data) => encodeBase64(await hmac(key, utf8(data))) };
}

/**
 * Signs a SAS token.
 *
 * @param resource - what the token grants access to, not encoded: `{hub}/devices/{device}`
 * @param expiry - in seconds since 1970
 * @param keyName - the shared access policy; none for a device's own key
 * @source IoT Hub documentation, "Control access to IoT Hub with shared access signatures"
 */
export async function signSasToken(
  signer: SigningMechanism,
  resource: string,
  expiry: number,
  keyName?: string,
): Promise<string> {
  const encoded = encodePercent(resource);
  const signature = await signer.sign(`${encoded}\n${expiry}`);
  const token = `${scheme}sr=${encoded}&sig=${encodePercent(signature)}&se=${expiry}`;
  return keyName === undefined ? token : `${token}&skn=${encodePercent(keyName)}`;
}

/** The fields of a SAS token. */
export interface SasToken {
  /** `sr` as it is in the token: the signature covers exactly these characters. */
  readonly resourceText: string;
  /** `sr`, decoded once. Several tools have encoded the ids in it before. */
  readonly resource: string;
  /** The base64 signature, decoded from its percent-encoding. */
  readonly signature: string;
  /** In seconds since 1970. */
  readonly expiry: number;
  /** The shared access policy. Left out in the token of a device or module; Java's provisioning client sends it empty. */
  readonly keyName: string | undefined;
}

/**
 * Parses a SAS token without verifying its signature.
 *
 * @throws {ArgumentError} `invalid_sas_token`: the message names the broken rule and doesn't contain the token
 * @source Python `SasToken`
 */
export function parseSasToken(token: unknown): SasToken {
  if (typeof token !== "string" || !token.startsWith(scheme))
    throw invalidSasToken(`must be a string that starts with '${scheme}'`);
  const fields = new Map<string, string>();
  for (const field of token.slice(scheme.length).split("&")) {
    const [, name = "", value = ""] = /^(sr|sig|se|skn)=(.*)$/s.exec(field) ?? [];
    if (name === "") throw invalidSasToken("must have only the fields sr, sig, se and skn");
    if (fields.has(name)) throw invalidSasToken(`must have ${name} once, got it twice`);
    fields.set(name, value);
  }
  const [resourceText, signature, expiry, keyName] = ["sr", "sig", "se", "skn"].map((name) =>
    fields.get(name),
  );
  if (!resourceText || !signature || !expiry) throw invalidSasToken("must have sr, sig and se");
  if (!/^\d{1,15}$/.test(expiry)) throw invalidSasToken("must have an integer for se, in seconds since 1970");
  return {
    resourceText,
    resource: decodePercent(resourceText),
    signature: decodePercent(signature),
    expiry: Number(expiry),
    keyName: keyName ? decodePercent(keyName) : undefined,
  };
}

/** @returns `invalid_sas_token` */
export function invalidSasToken(rule: string, remediation?: string): ArgumentError {
  const message = `The SAS token ${rule}`;
  return new ArgumentError("invalid_sas_token", message, remediation === undefined ? {} : { remediation });
}
