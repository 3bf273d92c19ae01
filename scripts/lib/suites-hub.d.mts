import type { ProvidedHub } from "../../packages/conformance/src/provided-hub.ts";

export const hubOptions: { provisioningRetryAfterSeconds: number; telemetryLimit: number };

export function startSuitesHub(): Promise<{ hub: ProvidedHub; stop: () => Promise<void> }>;
