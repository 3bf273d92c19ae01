import { inject } from "vitest";
import { HubControl } from "./hub-control.ts";

/** What the global set-up tells the tests of the hub that it has started. */
export interface ProvidedHub {
  /** PEM of what clients have to trust. */
  readonly ca: string;
  readonly controlUrl: string;
  /** `localhost:port` without TLS. */
  readonly plainHost: string;
}

declare module "vitest" {
  interface ProvidedContext {
    hub: ProvidedHub;
  }
}

/** The hub that was started for all tests. */
export function providedHub(): { readonly hub: HubControl; readonly ca: string } {
  const { ca, controlUrl } = inject("hub");
  return { hub: new HubControl(controlUrl), ca };
}

/** The same hub for those who cannot be told to trust its certificate: its connection strings lead to `ws://`. */
export function providedPlainHub(): { readonly hub: HubControl; readonly ca: string } {
  const { ca, controlUrl, plainHost } = inject("hub");
  return { hub: new HubControl(controlUrl, `ws://${plainHost}`), ca };
}
