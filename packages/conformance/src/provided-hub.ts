import { inject } from "vitest";
import { type TestHub, testHub } from "./test-hub.ts";

/** The hub that the global setup has started. */
export interface ProvidedHub {
  /** The certificate authority that clients must trust, as PEM. */
  readonly ca: string;
  readonly controlUrl: string;
  /** `localhost:port` without TLS. */
  readonly plainHost: string;
}

declare module "vitest" {
  interface ProvidedContext {
    hub: ProvidedHub;
    /** The browser that the tests run in: `chromium`, `firefox`. */
    browser: string;
    /** The number of cells of faults at moments that run, and the seed that chooses them. */
    faultCells: { readonly count: number | "all"; readonly seed: number };
  }
}

/** Returns the hub that was started for all tests. */
export function providedHub(): { readonly hub: TestHub; readonly ca: string } {
  const { ca, controlUrl } = inject("hub");
  return { hub: testHub(controlUrl), ca };
}

/** Returns the same hub for clients that can't trust its certificate: its connection strings lead to `ws://`. */
export function providedPlainHub(): { readonly hub: TestHub; readonly ca: string } {
  const { ca, controlUrl, plainHost } = inject("hub");
  return { hub: testHub(controlUrl, `ws://${plainHost}`), ca };
}
