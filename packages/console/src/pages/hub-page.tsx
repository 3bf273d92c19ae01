import type { JSX } from "preact";

/** The page Hub. */
export function HubPage(): JSX.Element {
  return <p class="soft">Nothing here yet.</p>;
}
