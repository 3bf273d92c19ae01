import { useEffect } from "preact/hooks";
import { type Action, useAction } from "./use-action.ts";

const everyMs = 2000;

/** Reads a value of the hub every two seconds while a view is shown. */
export function usePolled<T>(read: () => Promise<T>): Action<T> {
  const action = useAction<T>();
  useEffect(() => {
    const load = (): void => void action.run(read);
    load();
    const timer = setInterval(load, everyMs);
    return () => clearInterval(timer);
  }, []);
  return action;
}
