// The part of Artillery's engine interface that this engine uses. Artillery isn't a dependency: it loads the engine.

/** A load phase of Artillery. */
export interface ArtilleryPhase {
  readonly arrivalCount?: number;
  readonly arrivalRate?: number;
  readonly rampTo?: number;
}

/** A test script of Artillery. */
export interface ArtilleryScript {
  readonly config: {
    /** The control API of a local hub; unused if no group of the fleet connects to it. */
    readonly target?: string;
    readonly phases?: readonly ArtilleryPhase[];
  };
}

/** A scenario of a test script. */
export interface ArtilleryScenario {
  readonly name?: string;
  readonly flow: readonly unknown[];
}

/** Receives the metrics of virtual users. */
export interface ArtilleryEvents {
  emit(event: "counter" | "histogram", name: string, value: number): void;
  emit(event: "rate" | "error", name: string): void;
  emit(event: "started"): void;
}

/** Helpers that Artillery passes to an engine. */
export interface ArtilleryUtilities {
  /** Replaces `{{ variables }}` in strings, at any depth. */
  template(value: unknown, context: object): unknown;
}

/** Runs one virtual user, and calls back when it ends. */
export type VirtualUser = (
  context: object,
  callback: (error: Error | null, context?: object) => void,
) => Promise<void>;
