// IoT Hub's own strict set, as Python's quote(safe=""): everything but the RFC 3986 unreserved characters is
// escaped. encodeURIComponent leaves five more unescaped, which other readers of a topic may not accept.
const leftByEncodeUriComponent = /[!'()*]/g;

/**
 * Percent-encodes a string for topics, SAS resources and user names: every byte except `A-Za-z0-9_.-~`, upper-case hex.
 *
 * @throws {URIError} for a lone surrogate, which has no UTF-8 form
 */
export function encodePercent(text: string): string {
  return encodeURIComponent(text).replace(
    leftByEncodeUriComponent,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Decodes `%XX`; `+` stays a plus. Returns a string that isn't valid percent-encoding unchanged. */
export function decodePercent(text: string): string {
  let at = text.indexOf("%");
  if (at < 0) return text;
  // Nearly all escapes are ASCII characters, for which decodeURIComponent takes several times as long.
  let decoded = "";
  let from = 0;
  for (; at >= 0; at = text.indexOf("%", from)) {
    const code = hexDigit(text.charCodeAt(at + 1)) * 16 + hexDigit(text.charCodeAt(at + 2));
    if (!(code < 0x80)) return decodeUnicode(text);
    decoded += text.slice(from, at) + String.fromCharCode(code);
    from = at + 3;
  }
  return decoded + text.slice(from);
}

/** The value of a hexadecimal digit; NaN for any other character. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN;
}

function decodeUnicode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
