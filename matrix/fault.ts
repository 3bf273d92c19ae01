import type { Emulator } from "../packages/emulator/src/index.ts";
import type { ErrorCode } from "../packages/node/src/index.ts";
import type { FaultProxy } from "./fault-proxy.ts";
import type { Reaction } from "./reaction.ts";
import type { Resolution } from "./resolver.ts";

/** The network, or its client. */
export type Transport = "TLS" | "WebSockets";

/** Everything that a fault can act on: the network of one device, and its hub. */
export interface FaultSite {
  readonly proxy: FaultProxy;
  readonly hub: Emulator;
  readonly deviceId: string;
  /** Changes how the host of the hub is resolved. */
  resolve(resolution: Resolution): void;
  /** Runs something later, unless the cell has ended. */
  later(ms: number, run: () => void | Promise<void>): void;
  /** Connects another client of the same device to the hub. */
  intrude(): Promise<void>;
}

/** A fault. */
export interface Fault {
  readonly name: string;
  /** The part of the network or of the hub that fails; the heading of the fault in the document. */
  readonly group: string;
  /** Whether it happens to the attempts to connect that follow, or to the connection that exists. */
  readonly affects: "attempts" | "connection";
  /** Default: both. */
  readonly transport?: Transport;
  /** The code of the reason for which the client gives up. Without it, the client must reconnect. */
  readonly endsWith?: ErrorCode;
  /** Makes it happen; returns once the fault is there. */
  readonly inject: (site: FaultSite) => void | Promise<void>;
}

/** Creates a fault that the attempt after a lost connection meets, or the first attempt. */
export function attemptFault(
  group: string,
  name: string,
  reaction: Reaction,
  options: Pick<Fault, "transport" | "endsWith"> = {},
): Fault {
  return {
    name,
    group,
    affects: "attempts",
    ...options,
    inject: ({ proxy }) => {
      proxy.reactions.push(reaction);
      proxy.cut();
    },
  };
}
