export function runtimePath(name: "node-oldest" | "node-newest" | "bun"): string;
