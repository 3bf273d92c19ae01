import type { OutsideChange, Runtime } from "../runtime.ts";

/** Listens to what changes around the program, for as long as somebody is interested. */
export class OutsideWatch {
  readonly #runtime: Runtime;
  readonly #changed: (what: OutsideChange) => void;
  #stop: (() => void) | undefined;

  constructor(runtime: Runtime, changed: (what: OutsideChange) => void) {
    this.#runtime = runtime;
    this.#changed = changed;
  }

  set interested(interested: boolean) {
    if (interested) {
      this.#stop ??= this.#runtime.watch?.(this.#changed);
    } else {
      this.#stop?.();
      this.#stop = undefined;
    }
  }
}
