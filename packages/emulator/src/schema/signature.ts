import type { Fields } from "./schema.ts";

/** The parameters of a method: the positional ones, then an object of options. */
export interface Signature {
  /** The arguments before the options, in order. */
  readonly positional: Fields;
  /** The members of the last argument. */
  readonly options: Fields;
}

/** Returns all parameters of a method. */
export function parametersOf({ positional, options }: Signature): Fields {
  return { ...positional, ...options };
}

/** Names the arguments of a call. Values that are `undefined` stay out. */
export function nameArguments({ positional }: Signature, args: readonly unknown[]): Record<string, unknown> {
  const names = Object.keys(positional);
  const named = names.map((name, position) => [name, args[position]]);
  const options = Object.entries(args[names.length] ?? {});
  return Object.fromEntries([...named, ...options].filter(([, value]) => value !== undefined));
}

/** Arranges named values as the arguments of a call: the opposite of {@link nameArguments}. */
export function arrangeArguments(
  { positional }: Signature,
  values: Readonly<Record<string, unknown>>,
): unknown[] {
  const options: Record<string, unknown> = { ...values };
  const args = Object.keys(positional).map((name) => {
    const value = options[name];
    delete options[name];
    return value;
  });
  return [...args, options];
}
