/** Defines a property that logs, JSON and `inspect` don't show, not even with `showHidden`, because it is an accessor. */
export function hide(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { get: () => value });
}
