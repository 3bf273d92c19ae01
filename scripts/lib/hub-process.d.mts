import type { ProvidedHub } from "../../packages/conformance/src/provided-hub.ts";

export const hubOptions: { provisioningRetryAfterSeconds: number; telemetryLimit: number };

export function startHubProcess(): Promise<{ hub: ProvidedHub; stop: () => Promise<void> }>;
