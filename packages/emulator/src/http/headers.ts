const kept = new WeakMap<Request, readonly string[]>();

/** Keeps the headers of a request as they were sent, names and values in turn. A `Request` has names in lower case only. */
export function keepHeaders(request: Request, raw: readonly string[]): void {
  kept.set(request, raw);
}

/** Returns the headers of a request, with their names as they were sent where that is known. */
export function headersOf(request: Request): [name: string, value: string][] {
  const raw = kept.get(request);
  if (raw === undefined) return [...request.headers];
  return Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at] ?? "", raw[2 * at + 1] ?? ""]);
}
