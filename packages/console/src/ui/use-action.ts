import { type ReadonlySignal, useSignal } from "@preact/signals";
import { messageOf } from "../model/message-of.ts";

/** An action of a view: whether it runs, and what came of it. */
export interface Action<T> {
  readonly isRunning: ReadonlySignal<boolean>;
  readonly result: ReadonlySignal<T | undefined>;
  readonly error: ReadonlySignal<string | undefined>;
  /** Runs it. The result or the error of a run before it disappears. */
  run(action: () => Promise<T>): Promise<void>;
}

/** Runs asynchronous actions of a view, and keeps what came of the latest one. */
export function useAction<T>(): Action<T> {
  const isRunning = useSignal(false);
  const result = useSignal<T | undefined>(undefined);
  const error = useSignal<string | undefined>(undefined);
  const latest = useSignal(0);
  const run = async (action: () => Promise<T>): Promise<void> => {
    const number = latest.peek() + 1;
    latest.value = number;
    isRunning.value = true;
    error.value = undefined;
    try {
      const value = await action();
      if (latest.peek() === number) result.value = value;
    } catch (cause) {
      if (latest.peek() === number) {
        result.value = undefined;
        error.value = messageOf(cause);
      }
    } finally {
      if (latest.peek() === number) isRunning.value = false;
    }
  };
  return { isRunning, result, error, run };
}
