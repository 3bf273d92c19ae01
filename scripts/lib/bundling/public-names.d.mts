export function publicNames(name: string): Set<string>;
