import { decodeBase64, encodeBase64 } from "@isohub/core/internal";
import { HubError } from "./hub-error.ts";

/**
 * How an identity proves who it is: by tokens signed with its key, by a certificate whose thumbprint the hub knows, or
 * by a certificate that leads to an authority the hub trusts.
 */
export type AuthenticationType = "sas" | "selfSigned" | "certificateAuthority";

/** What may be set on the credentials of an identity. */
export interface AuthenticationOptions {
  /** When left out: `selfSigned` with a thumbprint, `sas` without; of an identity that exists, what it has. */
  authentication?: AuthenticationType;
  /** base64 of 16 to 64 bytes; made by the hub when left out. For `sas`. */
  primaryKey?: string;
  /** base64 of 16 to 64 bytes; made by the hub when left out. For `sas`. */
  secondaryKey?: string;
  /** Hexadecimal SHA-1 or SHA-256 of the certificate, 40 or 64 digits in any case. For `selfSigned`. */
  primaryThumbprint?: string | null;
  /** As `primaryThumbprint`. One of the two is enough. */
  secondaryThumbprint?: string | null;
}

/** The credentials of an identity. */
export interface Authentication {
  readonly authentication: AuthenticationType;
  /** Empty unless `authentication` is `sas`. */
  readonly primaryKey: string;
  /** Empty unless `authentication` is `sas`. */
  readonly secondaryKey: string;
  readonly primaryThumbprint: string | null;
  readonly secondaryThumbprint: string | null;
}

const types: readonly AuthenticationType[] = ["sas", "selfSigned", "certificateAuthority"];
const none = { primaryKey: "", secondaryKey: "", primaryThumbprint: null, secondaryThumbprint: null };

/**
 * The credentials of a new identity, or of one that is changed.
 *
 * @throws {HubError} IotHubFormatError for a key, ArgumentInvalid for the rest
 * @source IoT Hub service REST, AuthenticationMechanism
 */
export function authenticationOf(options: AuthenticationOptions, before?: Authentication): Authentication {
  const inferred = options.primaryThumbprint || options.secondaryThumbprint ? "selfSigned" : "sas";
  const authentication = options.authentication ?? before?.authentication ?? inferred;
  if (!types.includes(authentication)) {
    throw invalid(`authentication must be ${types.join(", ")}, got '${authentication}'`);
  }
  const hasKey = options.primaryKey !== undefined || options.secondaryKey !== undefined;
  if (hasKey && authentication !== "sas")
    throw invalid(`keys do not go with authentication '${authentication}'`);
  const hasThumbprint = Boolean(options.primaryThumbprint || options.secondaryThumbprint);
  if (hasThumbprint && authentication !== "selfSigned") {
    throw invalid(`thumbprints do not go with authentication '${authentication}'`);
  }
  if (authentication === "certificateAuthority") return { ...none, authentication };
  const kept = before?.authentication === authentication ? before : undefined;
  if (authentication === "sas") {
    return {
      ...none,
      authentication,
      primaryKey: checkKey(options.primaryKey ?? kept?.primaryKey ?? newKey()),
      secondaryKey: checkKey(options.secondaryKey ?? kept?.secondaryKey ?? newKey()),
    };
  }
  const thumbprints = {
    primaryThumbprint: checkThumbprint(options.primaryThumbprint, kept?.primaryThumbprint),
    secondaryThumbprint: checkThumbprint(options.secondaryThumbprint, kept?.secondaryThumbprint),
  };
  if (thumbprints.primaryThumbprint === null && thumbprints.secondaryThumbprint === null) {
    throw invalid("authentication 'selfSigned' needs a thumbprint");
  }
  return { ...none, authentication, ...thumbprints };
}

/** A fresh 32-byte key, base64, as the hub makes them. */
export function newKey(): string {
  return encodeBase64(crypto.getRandomValues(new Uint8Array(32)));
}

function checkKey(key: string): string {
  const bytes = decodeBase64(key);
  if (bytes === undefined || bytes.length < 16 || bytes.length > 64) {
    throw new HubError("IotHubFormatError", "A device key must be base64 of 16 to 64 bytes.");
  }
  return key;
}

function checkThumbprint(given: string | null | undefined, before: string | null | undefined): string | null {
  if (given === undefined) return before ?? null;
  if (given === null || /^([0-9a-f]{40}|[0-9a-f]{64})$/i.test(given)) return given;
  throw invalid(`the thumbprint '${given}' must be 40 (SHA-1) or 64 (SHA-256) hexadecimal digits`);
}

function invalid(rule: string): HubError {
  return new HubError("ArgumentInvalid", `The identity is not valid: ${rule}.`);
}
