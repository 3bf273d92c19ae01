import type { Page } from "playwright";

/** What came of a fleet. */
export interface FleetResult {
  readonly devices: number;
  readonly frames: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly connectMs: number;
  readonly sendMs: number;
  readonly slowestAckMs: number;
  readonly longestTaskMs: { readonly connecting: number; readonly sending: number };
  readonly failures: readonly string[];
}

/** How many devices a frame of the page has. */
export const devicesPerFrame: number;
/** Serves the page, and leads its WebSockets on to a hub. */
export function startFleetGateway(
  certificate: { readonly cert: string; readonly key: string },
  hubPort: number,
): Promise<{ readonly port: number; close(): void }>;
/** Connects the devices in one page, has each send its messages, and tells what came of it. */
export function runFleet(
  page: Page,
  port: number,
  connectionStrings: readonly string[],
  options: { readonly seconds: number; readonly intervalMs: number; readonly atOnce: number },
): Promise<FleetResult>;
