// IoT Hub's own strict set, as Python's quote(safe=""): everything but the RFC 3986 unreserved characters is
// escaped. encodeURIComponent leaves five more alone, which other readers of a topic may trip over.
const leftByEncodeUriComponent = /[!'()*]/g;
const unreservedOnly = /^[A-Za-z0-9_.~-]*$/;

/**
 * Percent-encodes text for topics, SAS resources and user names: every byte except `A-Za-z0-9_.-~`, upper-case hex.
 *
 * @throws {URIError} when the text has a lone surrogate, which has no UTF-8 form.
 */
export function encodePercent(text: string): string {
  // Most keys and values need no escaping, and the test is far cheaper than the encoding.
  if (unreservedOnly.test(text)) return text;
  return encodeURIComponent(text).replace(
    leftByEncodeUriComponent,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Decodes `%XX`; `+` stays a plus. Text that is not valid percent-encoding comes back as it is. */
export function decodePercent(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
