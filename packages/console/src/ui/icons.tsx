import type { JSX } from "preact";

const paths = {
  plus: "M8 3v10M3 8h10",
  power: "M8 2v6M4.5 4.5a5 5 0 1 0 7 0",
  copy: "M6 6h7v7H6zM3 10V3h7",
  trash: "M3 5h10M6 5V3h4v2M5 5l.5 8h5L11 5",
  close: "M4 4l8 8M12 4l-8 8",
  send: "M2 8l11-5-4 11-2-4.5z",
  fault: "M9 1.5 4 9h3.5L7 14.5 12 7H8.5z",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1",
  device: "M4 2h8v12H4zM7 11.5h2",
  record: "M8 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7",
  play: "M5 3l8 5-8 5z",
  stop: "M4.5 4.5h7v7h-7z",
  download: "M8 2v8M4.5 7 8 10.5 11.5 7M3 13.5h10",
  share:
    "M6.5 9.5 11 12M11 4 6.5 6.5M5 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6M12.5 1.8a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4M12.5 10.8a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4",
  wire: "M2 5h11L10 2M14 11H3l3 3",
} as const;

/** The name of an icon. */
export type IconName = keyof typeof paths;

/** An icon of one stroke. It is decorative: the label next to it has the meaning. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linejoin="round"
      stroke-linecap="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
