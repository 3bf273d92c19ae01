import { ArgumentError } from "@isohub/core";

/**
 * The words of an OpenSSL cipher list that select suites by a property.
 *
 * @source OpenSSL 3 manual, openssl-ciphers
 */
const keywords = new Set(
  `DEFAULT COMPLEMENTOFDEFAULT ALL COMPLEMENTOFALL HIGH MEDIUM LOW EXP EXPORT EXPORT40 EXPORT56
  eNULL NULL aNULL kRSA aRSA RSA kDHr kDHd kDH kDHE kEDH DH DHE EDH ADH
  kEECDH kECDHE kECDHr kECDHe kECDH ECDH ECDHE EECDH AECDH aDSS DSS aDH aECDSA aECDH ECDSA
  TLSv1.2 TLSv1.0 TLSv1 SSLv3 SSLv2 AES128 AES256 AES AESGCM AESCCM AESCCM8
  ARIA128 ARIA256 ARIA ARIAGCM CAMELLIA128 CAMELLIA256 CAMELLIA CHACHA20 CBC
  3DES DES RC4 RC2 IDEA SEED FZA MD5 SHA1 SHA SHA256 SHA384
  aGOST aGOST01 aGOST12 kGOST kGOST18 GOST94 GOST89MAC GOST12 GOST2012256
  PSK kPSK aPSK kECDHEPSK kDHEPSK kRSAPSK SRP kSRP aSRP SUITEB128 SUITEB128ONLY SUITEB192 FIPS`.split(/\s+/),
);

/** The parts of the names that TLS 1.2 suites have at IANA, and OpenSSL's spelling. */
const ianaParts: readonly (readonly [RegExp, string])[] = [
  [/^TLS_/, ""],
  [/^RSA_WITH_/, ""],
  [/_WITH_/, "_"],
  [/AES_(128|256)/, "AES$1"],
  [/CAMELLIA_(128|256)/, "CAMELLIA$1"],
  [/(AES\d+)_CBC/, "$1"],
  [/(POLY1305)_SHA256$/, "$1"],
];

/**
 * Checks a cipher list, so that no part of it is ignored silently, and translates names of the IANA registry.
 *
 * @returns a list for `createSecureContext`
 * @throws {ArgumentError} `invalid_argument`
 */
export function readCipherList(list: string): string {
  const { createSecureContext, getCiphers } = process.getBuiltinModule("node:tls");
  const suites = new Set(getCiphers().map((name) => name.toUpperCase()));
  const elements = list.split(/[:;, ]+/).filter((element) => element !== "");
  const ciphers = elements.map((element) => readElement(element, suites)).join(":");
  try {
    // An empty list would be Node's default.
    if (ciphers === "") throw new Error("the list is empty");
    createSecureContext({ ciphers, minVersion: "TLSv1.2" });
  } catch (cause) {
    throw refusal(list, "a cipher list that selects at least one suite of this OpenSSL", cause);
  }
  return ciphers;
}

function readElement(element: string, suites: ReadonlySet<string>): string {
  const [, sign = "", rest = ""] = /^([!+-]?)(.*)$/.exec(element) ?? [];
  const [words = "", ...commands] = rest.split("@");
  if (commands.some((command) => !/^(STRENGTH|SECLEVEL=[0-5])$/.test(command))) throw unknown(element);
  const known =
    words === "" && commands.length > 0 ? [""] : words.split("+").map((word) => readWord(word, sign, suites));
  if (known.some((word) => word === undefined)) throw unknown(element);
  return [sign + known.join("+"), ...commands].join("@");
}

/** @returns OpenSSL's name, or undefined if OpenSSL would ignore the word */
function readWord(word: string, sign: string, suites: ReadonlySet<string>): string | undefined {
  if (keywords.has(word)) return word;
  // Python's SDK accepts lower case, and '_' instead of '-'.
  const upper = word.toUpperCase();
  if (upper.startsWith("TLS_")) {
    // Node hands suites of TLS 1.3 to OpenSSL as a separate list, which can't exclude any.
    if (suites.has(upper)) return sign === "" ? upper : undefined;
    const name = ianaParts.reduce((text, [part, spelling]) => text.replace(part, spelling), upper);
    const translated = name.replaceAll("_", "-");
    return suites.has(translated) ? translated : undefined;
  }
  const name = upper.replaceAll("_", "-");
  // A suite that this OpenSSL doesn't have is ignored. That is safe, unlike an ignored keyword.
  return suites.has(name) || /^[A-Z0-9]+(-[A-Z0-9]+)+$/.test(name) ? name : undefined;
}

function unknown(element: string): ArgumentError {
  return refusal(element, "a list of OpenSSL keywords and names of cipher suites that can be applied");
}

function refusal(value: string, rule: string, cause?: unknown): ArgumentError {
  return new ArgumentError("invalid_argument", `cipher must be ${rule}, got '${value}'`, {
    cause,
    remediation: "Compare it with the output of: openssl ciphers -v",
  });
}
