import type { JSX } from "preact";

/** The page Wire. */
export function WirePage(): JSX.Element {
  return <p class="soft">Nothing here yet.</p>;
}
