import { ArgumentError } from "../errors.ts";
import { encodeBase64 } from "../util/base64.ts";
import { decodePercent, encodePercent } from "../util/percent.ts";
import { utf8 } from "../util/text.ts";

const scheme = "SharedAccessSignature ";

/** Signs the text of a token: base64 of the HMAC-SHA256 of it. A key in memory, a TPM or the Edge workload API. */
export interface SigningMechanism {
  /** Returns the base64 signature of `data`. */
  sign(data: string): Promise<string>;
}

/** Signs with a key held in memory. */
export function symmetricKeySigner(
  key: Uint8Array<ArrayBuffer>,
  hmac: (key: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>,
): SigningMechanism {
  return { sign: async (data) => encodeBase64(await hmac(key, utf8(data))) };
}

/**
 * Makes a shared access signature.
 *
 * @param resource - what the token opens, not encoded: `{hub}/devices/{device}`
 * @param expiry - when it ends, in seconds since 1970
 * @param keyName - the shared access policy; left out for a device's own key
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

/** The parts of a shared access signature. */
export interface SasToken {
  /** `sr` as it stands in the token: the signature covers these very characters. */
  readonly resourceText: string;
  /** `sr` decoded. */
  readonly resource: string;
  /** The base64 signature, decoded from its percent-encoding. */
  readonly signature: string;
  /** End of validity, in seconds since 1970. */
  readonly expiry: number;
  /** The shared access policy, if the token names one. */
  readonly keyName: string | undefined;
}

/**
 * Takes a shared access signature apart without checking its signature.
 *
 * @throws {ArgumentError} `invalid_sas_token` — the message names the rule, never the token.
 * @source Python `SasToken`
 */
export function parseSasToken(token: unknown): SasToken {
  if (typeof token !== "string" || !token.startsWith(scheme))
    throw invalid(`it must be a text that starts with '${scheme}'`);
  const parts = new Map<string, string>();
  for (const part of token.slice(scheme.length).split("&")) {
    const [, key = "", value = ""] = /^(sr|sig|se|skn)=(.*)$/s.exec(part) ?? [];
    if (key === "") throw invalid("its parts must be sr=…, sig=…, se=… and skn=…, and no other");
    if (parts.has(key)) throw invalid(`'${key}' appears twice`);
    parts.set(key, value);
  }
  const [resourceText, signature, expiry, keyName] = ["sr", "sig", "se", "skn"].map((key) => parts.get(key));
  if (!resourceText || !signature || !expiry) throw invalid("sr, sig and se must all be there");
  if (!/^\d{1,15}$/.test(expiry)) throw invalid("'se' must be a whole number of seconds since 1970");
  return {
    resourceText,
    resource: decodePercent(resourceText),
    signature: decodePercent(signature),
    expiry: Number(expiry),
    keyName: keyName === undefined ? undefined : decodePercent(keyName),
  };
}

function invalid(rule: string): ArgumentError {
  return new ArgumentError("invalid_sas_token", `The SAS token is not valid: ${rule}`);
}
