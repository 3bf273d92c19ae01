import { applyPatch, diffDocuments, type JsonObject } from "./twin-patch.ts";

/**
 * Keeps an application's view of its desired properties complete: pure, driven by `TwinClient`.
 *
 * The hub sends a desired patch only to who is connected and subscribed at that moment. So after each (re)connect the
 * twin is read; what arrives meanwhile waits; the difference to what was last delivered goes out as one patch, with
 * `null` for what is gone; then patches follow in the order of their versions. A gap between versions means that one
 * was lost, and the twin is read again.
 */
export interface TwinSyncState {
  readonly phase: "off" | "reading" | "live" | "retrying";
  /** The desired section as last delivered, without `$version`; undefined before the first. */
  readonly known: JsonObject | undefined;
  readonly version: number | undefined;
  /** Patches that wait for the twin to be read. */
  readonly waiting: readonly DesiredPatch[];
  readonly failures: number;
}

/** A desired patch as it came from the hub. */
export interface DesiredPatch {
  readonly version: number;
  readonly patch: JsonObject;
}

export type TwinSyncEvent =
  /** Connected and subscribed. */
  | { readonly type: "subscribed" }
  | { readonly type: "patch"; readonly patch: DesiredPatch }
  | { readonly type: "twin"; readonly desired: JsonObject }
  | { readonly type: "readFailed" }
  | { readonly type: "retry" }
  | { readonly type: "disconnected" };

export type TwinSyncEffect =
  | { readonly type: "read" }
  | { readonly type: "retryAfter"; readonly ms: number }
  | { readonly type: "deliver"; readonly patch: JsonObject };

export const initialTwinSync: TwinSyncState = {
  phase: "off",
  known: undefined,
  version: undefined,
  waiting: [],
  failures: 0,
};

const firstRetryMs = 1000;
const longestRetryMs = 60_000;

export interface TwinSyncStep {
  readonly state: TwinSyncState;
  readonly effects: readonly TwinSyncEffect[];
}

export function syncTwin(state: TwinSyncState, event: TwinSyncEvent): TwinSyncStep {
  switch (event.type) {
    case "subscribed":
      return { state: { ...state, phase: "reading", waiting: [], failures: 0 }, effects: [{ type: "read" }] };
    case "disconnected":
      return { state: { ...state, phase: "off", waiting: [] }, effects: [] };
    case "patch":
      return onPatch(state, event.patch);
    case "twin":
      return state.phase === "reading" ? onTwin(state, event.desired) : { state, effects: [] };
    case "readFailed": {
      if (state.phase !== "reading") return { state, effects: [] };
      const ms = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(state.failures, 10));
      return {
        state: { ...state, phase: "retrying", failures: state.failures + 1 },
        effects: [{ type: "retryAfter", ms }],
      };
    }
    case "retry":
      if (state.phase !== "retrying") return { state, effects: [] };
      return { state: { ...state, phase: "reading" }, effects: [{ type: "read" }] };
  }
}

function onPatch(state: TwinSyncState, arrived: DesiredPatch): TwinSyncStep {
  if (state.phase !== "live" || state.version === undefined) {
    return { state: { ...state, waiting: [...state.waiting, arrived] }, effects: [] };
  }
  if (arrived.version <= state.version) return { state, effects: [] };
  if (arrived.version > state.version + 1) {
    return {
      state: { ...state, phase: "reading", waiting: [arrived], failures: 0 },
      effects: [{ type: "read" }],
    };
  }
  return accept(state, arrived);
}

function accept(state: TwinSyncState, { version, patch }: DesiredPatch): TwinSyncStep {
  return {
    state: { ...state, known: applyPatch(state.known ?? {}, withoutMeta(patch)), version },
    effects: [{ type: "deliver", patch: { ...patch, $version: version } }],
  };
}

function onTwin(state: TwinSyncState, desired: JsonObject): TwinSyncStep {
  const version = typeof desired["$version"] === "number" ? desired["$version"] : 0;
  const now = withoutMeta(desired);
  const first = state.known === undefined;
  const difference = first ? now : diffDocuments(state.known ?? {}, now);
  const effects: TwinSyncEffect[] = [];
  if (difference !== undefined)
    effects.push({ type: "deliver", patch: { ...difference, $version: version } });
  let next: TwinSyncState = { ...state, phase: "live", known: now, version, waiting: [], failures: 0 };
  for (const patch of [...state.waiting].sort((a, b) => a.version - b.version)) {
    const step = onPatch(next, patch);
    next = step.state;
    effects.push(...step.effects);
  }
  return { state: next, effects };
}

/** The section without what the hub adds to it. */
function withoutMeta({ $version: _version, $metadata: _metadata, ...section }: JsonObject): JsonObject {
  return section;
}
