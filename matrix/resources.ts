/** The sockets and timers that keep a process running. */
export interface Resources {
  readonly sockets: number;
  readonly timers: number;
}

/** Counts the sockets and timers of this process. */
export function resources(): Resources {
  const names = process.getActiveResourcesInfo();
  const count = (...kinds: string[]): number => names.filter((name) => kinds.includes(name)).length;
  return { sockets: count("TCPSocketWrap", "TLSWrap", "GetAddrInfoReqWrap"), timers: count("Timeout") };
}
