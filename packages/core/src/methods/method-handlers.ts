import { ClientError, mustBe } from "../errors.ts";
import type { MethodRequest, MethodResult } from "./method.ts";

/**
 * Handles the calls of one method. If it returns nothing, the response has status 200 and no payload. If it throws, the response has
 * status 500 and doesn't contain the error.
 */
export type MethodHandler = (
  request: MethodRequest,
  // biome-ignore lint/suspicious/noConfusingVoidType: `undefined` would refuse a handler that calls another function last.
) => MethodResult | void | Promise<MethodResult | void>;

/** The handlers of methods by name. */
export class MethodHandlers {
  /** Undefined until the first one is set: most devices of a fleet have none, and an empty map takes 200 bytes. */
  #handlers: Map<string, MethodHandler> | undefined;

  get isEmpty(): boolean {
    return !this.#handlers?.size;
  }

  get(name: string): MethodHandler | undefined {
    return this.#handlers?.get(name);
  }

  /** @throws {ClientError} `handler_conflict` if the method has a handler */
  add(name: string, handler: MethodHandler): void {
    if (typeof name !== "string" || name === "") throw mustBe("The method name", name, "a non-empty string");
    if (typeof handler !== "function") throw mustBe(`The handler of '${name}'`, handler, "a function");
    if (this.get(name)) throw new ClientError("handler_conflict", `Method '${name}' already has a handler`);
    this.#handlers ??= new Map();
    this.#handlers.set(name, handler);
  }

  remove(name: string, handler: MethodHandler): void {
    if (this.get(name) === handler) this.#handlers?.delete(name);
  }
}
