import type { ProvidedHub } from "../../packages/conformance/src/provided-hub.ts";

export function startHubProcess(): Promise<{ hub: ProvidedHub; stop: () => Promise<void> }>;
