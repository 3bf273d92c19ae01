const names = /^(([\w.-]+\.)?localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/**
 * Whether a host is this machine, the only one that secrets may be sent to without TLS.
 *
 * @param host - an IPv6 address is in brackets
 */
export function isLoopback(host: string): boolean {
  return names.test(host);
}

/** Whether a URL is safe for secrets: `https:`, or `http:` on this machine. */
export function isConfidential({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}
