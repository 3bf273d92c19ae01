export type HostName = "node-oldest" | "node-newest" | "bun";

export const hosts: Record<HostName, { title: string; version: string; args: string[] }>;

/** Returns the path of a host's program. */
export function hostPath(name: HostName): string;
