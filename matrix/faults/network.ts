import type { Fault, FaultSite } from "../fault.ts";
import type { Condition } from "../flow.ts";

const group = "Network";

/** The duration of faults that end by themselves, in milliseconds. */
export const durationMs = 1500;

const connectionFault = (name: string, inject: Fault["inject"]): Fault => ({
  name,
  group,
  affects: "connection",
  inject,
});

/** A condition of the line: in both directions or one, and for a time or until the end of the cell. */
const condition = (
  name: string,
  { up = {}, down = {} }: { readonly up?: Condition; readonly down?: Condition },
  forMs?: number,
): Fault =>
  connectionFault(name, ({ proxy, later }) => {
    proxy.up = up;
    proxy.down = down;
    if (forMs === undefined) return;
    later(forMs, () => {
      proxy.up = {};
      proxy.down = {};
    });
  });

const resolution = (name: string, how: "not found" | "no answer"): Fault => ({
  name,
  group,
  affects: "attempts",
  inject: ({ proxy, resolve, later }: FaultSite) => {
    resolve(how);
    proxy.cut();
    later(durationMs, () => resolve("found"));
  },
});

const both = (one: Condition): { readonly up: Condition; readonly down: Condition } => ({
  up: one,
  down: one,
});

/** Faults of the network between a client and its hub. */
export const networkFaults: readonly Fault[] = [
  connectionFault("reset (RST)", ({ proxy }) => proxy.cut("rst")),
  connectionFault("closed (FIN)", ({ proxy }) => proxy.cut("fin")),
  condition("held for a while", both({ held: true }), durationMs),
  connectionFault("black hole", ({ proxy }) => {
    proxy.lose("up");
    proxy.lose("down");
  }),
  connectionFault("black hole towards the hub", ({ proxy }) => proxy.lose("up")),
  connectionFault("black hole towards the client", ({ proxy }) => proxy.lose("down")),
  condition("latency of 150 ms each way", both({ delayMs: 150 })),
  condition("16 kB/s", both({ pieces: { bytes: 800, everyMs: 50 } })),
  condition("slow drip of single bytes", both({ pieces: { bytes: 1, everyMs: 5 } }), durationMs),
  {
    name: "refused",
    group,
    affects: "attempts",
    inject: ({ proxy, later }) => {
      proxy.refuse();
      proxy.cut();
      later(durationMs, () => proxy.listen());
    },
  },
  resolution("no such host", "not found"),
  resolution("silent resolver", "no answer"),
];
