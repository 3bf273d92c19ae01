import type { Page } from "playwright";

/** Result of running a fleet. */
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

/** Number of devices in each frame of the page. */
export const devicesPerFrame: number;
/** Serves the page, and forwards its WebSockets to a hub. */
export function startFleetGateway(
  certificate: { readonly cert: string; readonly key: string },
  hubPort: number,
): Promise<{ readonly port: number; close(): void }>;
/** Connects devices in one page, lets each send its messages, and returns the result. */
/** Connects devices in one page, all at once and directly to the hub. @returns the time in milliseconds */
export function connectAtOnce(
  page: Page,
  port: number,
  connectionStrings: readonly string[],
): Promise<number>;
export function runFleet(
  page: Page,
  port: number,
  connectionStrings: readonly string[],
  options: { readonly seconds: number; readonly intervalMs: number; readonly atOnce: number },
): Promise<FleetResult>;
