const prefix = "#scenario=";
/** The largest document that a link may unpack to, in bytes: no scenario written by hand is larger. */
const unpackedLimit = 2_000_000;

/** Returns the address of this page with a scenario in its fragment, which browsers don't send to servers. */
export async function linkTo(text: string): Promise<string> {
  const packed = await through(new TextEncoder().encode(text), new CompressionStream("deflate-raw"));
  const base64 = btoa(String.fromCharCode(...packed))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
  return `${location.origin}${location.pathname}${prefix}${base64}`;
}

/** Reads the scenario in a fragment. @returns undefined if it has none, or an invalid one */
export async function scenarioIn(fragment: string): Promise<string | undefined> {
  if (!fragment.startsWith(prefix)) return undefined;
  try {
    const base64 = fragment.slice(prefix.length).replaceAll("-", "+").replaceAll("_", "/");
    const packed = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return new TextDecoder().decode(await through(packed, new DecompressionStream("deflate-raw")));
  } catch {
    return undefined;
  }
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  transform: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  const reader = new Blob([bytes]).stream().pipeThrough(transform).getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > unpackedLimit) throw new Error(`The document must have at most ${unpackedLimit} bytes`);
    parts.push(part.value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
