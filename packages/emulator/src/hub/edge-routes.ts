import { HubError } from "./hub-error.ts";
import type { Identity } from "./identity.ts";
import { checkInputName } from "./input-message.ts";
import type { Registry } from "./registry.ts";

/** A way for messages from one module to another of the same device. */
export interface EdgeRouteSpec {
  readonly from: {
    readonly deviceId: string;
    readonly moduleId: string;
    /** Every output when left out. */
    readonly output?: string;
  };
  readonly to: { readonly moduleId: string; readonly input: string };
}

/** A route in force. */
export interface EdgeRoute extends EdgeRouteSpec {
  readonly id: string;
}

/** Where messages of modules go that are not for the hub, as the configuration of an Edge gateway says. */
export class EdgeRoutes {
  readonly #registry: Registry;
  readonly #routes = new Map<string, EdgeRoute>();
  #lastId = 0;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** @throws {HubError} DeviceNotFound, ModuleNotFound, ArgumentInvalid */
  add({ from, to }: EdgeRouteSpec): EdgeRoute {
    const { deviceId, moduleId, output } = from;
    this.#registry.require({ deviceId });
    this.#registry.require({ deviceId, moduleId });
    this.#registry.require({ deviceId, moduleId: to.moduleId });
    checkInputName(to.input);
    const route: EdgeRoute = {
      id: `route${++this.#lastId}`,
      from: { deviceId, moduleId, ...(output === undefined ? {} : { output }) },
      to: { moduleId: to.moduleId, input: to.input },
    };
    this.#routes.set(route.id, route);
    return route;
  }

  /** @throws {HubError} GenericNotFound when there is none */
  remove(id: string): void {
    if (this.#routes.delete(id)) return;
    throw new HubError("GenericNotFound", `There is no route '${id}'.`);
  }

  list(): EdgeRoute[] {
    return [...this.#routes.values()];
  }

  /** Where a message of an output goes, each place once. */
  targets({ deviceId, moduleId }: Identity, output: string): EdgeRoute["to"][] {
    const found = new Map<string, EdgeRoute["to"]>();
    for (const { from, to } of this.#routes.values()) {
      if (from.deviceId !== deviceId || from.moduleId !== moduleId) continue;
      if (from.output === undefined || from.output === output) found.set(`${to.moduleId}/${to.input}`, to);
    }
    return [...found.values()];
  }

  /** Ends the routes from and to a module that is no longer there. */
  forget({ deviceId, moduleId }: Identity): void {
    for (const { id, from, to } of this.list()) {
      if (from.deviceId === deviceId && (from.moduleId === moduleId || to.moduleId === moduleId)) {
        this.#routes.delete(id);
      }
    }
  }
}
