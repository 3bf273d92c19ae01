import type { JSX } from "preact";

/** The page Scenarios. */
export function ScenariosPage(): JSX.Element {
  return <p class="soft">Nothing here yet.</p>;
}
