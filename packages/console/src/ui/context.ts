import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Console } from "../model/console.ts";
import { repaints } from "../model/repaint.ts";

/** Provides the console to its views. */
export const ConsoleContext = createContext<Console | undefined>(undefined);

/** Returns the console that the view belongs to. */
export function useConsole(): Console {
  const found = useContext(ConsoleContext);
  if (found === undefined) throw new Error("A view must be inside of ConsoleContext");
  return found;
}

/** Repaints the view a few times a second while something without a signal changes. */
export function useRepaints(): number {
  return repaints.value;
}
