// IoT Hub's own strict set, as Python's quote(safe=""): everything but the RFC 3986 unreserved characters is
// escaped. encodeURIComponent leaves five more alone, which other readers of a topic may trip over.
const unreserved = /[A-Za-z0-9_.~-]/;
const leftByEncodeUriComponent = /[!'()*]/g;

/** What stands for each ASCII character: nothing where it stands for itself. */
const escapes = Array.from({ length: 0x80 }, (_, code) =>
  unreserved.test(String.fromCharCode(code)) ? "" : escapeOf(code),
);

function escapeOf(code: number): string {
  return `%${code.toString(16).toUpperCase().padStart(2, "0")}`;
}

/**
 * Percent-encodes text for topics, SAS resources and user names: every byte except `A-Za-z0-9_.-~`, upper-case hex.
 *
 * @throws {URIError} when the text has a lone surrogate, which has no UTF-8 form.
 */
export function encodePercent(text: string): string {
  // By table, because this is a good part of what a message costs, and nearly all of them are ASCII.
  let encoded = "";
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const escaped = escapes[text.charCodeAt(at)];
    if (escaped === "") continue;
    if (escaped === undefined) return encodeUnicode(text);
    encoded += text.slice(from, at) + escaped;
    from = at + 1;
  }
  return from === 0 ? text : encoded + text.slice(from);
}

function encodeUnicode(text: string): string {
  return encodeURIComponent(text).replace(leftByEncodeUriComponent, (char) => escapeOf(char.charCodeAt(0)));
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
