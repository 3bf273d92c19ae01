import { mustBe } from "../errors.ts";

/**
 * The prototype of all clients. Assignments to properties that no class has get here: JavaScript's only chance to refuse a
 * handler whose name is misspelled, without preventing other properties, subclasses, or spies of tests.
 */
export const clientPrototype: object = new Proxy(
  {},
  {
    set(target, name, value, client): boolean {
      if (typeof value === "function" && /^on(?!ce)/.test(String(name)))
        throw mustBe("The handler", name, `one of ${handlersOf(client).join(", ")}`);
      return Reflect.set(target, name, value, client);
    },
  },
);

function handlersOf(client: object): string[] {
  const type: object | null = Object.getPrototypeOf(client);
  if (type === null) return [];
  return [...Object.getOwnPropertyNames(type).filter((name) => /^on./.test(name)), ...handlersOf(type)];
}
