import type { JSX } from "preact";

/** The page Faults. */
export function FaultsPage(): JSX.Element {
  return <p class="soft">Nothing here yet.</p>;
}
