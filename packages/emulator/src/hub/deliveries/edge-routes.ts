import type { Store, Table } from "../../store/store.ts";
import { HubError } from "../hub-error.ts";
import type { Identity } from "../identities/identity.ts";
import type { Registry } from "../identities/registry.ts";
import { checkInputName } from "./input-message.ts";

/** A route for messages from one module to another of the same device. */
export interface EdgeRouteSpec {
  readonly from: {
    readonly deviceId: string;
    readonly moduleId: string;
    /** Every output by default. */
    readonly output?: string;
  };
  readonly to: { readonly moduleId: string; readonly input: string };
}

/** An active route. */
export interface EdgeRoute extends EdgeRouteSpec {
  readonly id: string;
}

/** The routes of modules' messages that aren't for the hub, as in the configuration of an Edge gateway. */
export class EdgeRoutes {
  readonly #registry: Registry;
  readonly #routes: Table<EdgeRoute>;
  #lastNumber: number;

  constructor(store: Store, registry: Registry) {
    this.#registry = registry;
    this.#routes = store.table("routes");
    this.#lastNumber = Math.max(0, ...this.list().map(({ id }) => Number(id.slice("route".length))));
  }

  /** @throws {HubError} DeviceNotFound, ModuleNotFound, ArgumentInvalid */
  add({ from, to }: EdgeRouteSpec): EdgeRoute {
    const { deviceId, moduleId, output } = from;
    this.#registry.require({ deviceId });
    this.#registry.require({ deviceId, moduleId });
    this.#registry.require({ deviceId, moduleId: to.moduleId });
    checkInputName(to.input);
    const route: EdgeRoute = {
      id: `route${++this.#lastNumber}`,
      from: { deviceId, moduleId, ...(output === undefined ? {} : { output }) },
      to: { moduleId: to.moduleId, input: to.input },
    };
    this.#routes.set(route.id, route);
    return route;
  }

  /** @throws {HubError} GenericNotFound if there is no such route */
  remove(id: string): void {
    if (this.#routes.delete(id)) return;
    throw new HubError("GenericNotFound", `There is no route '${id}'.`);
  }

  list(): EdgeRoute[] {
    return [...this.#routes.values()];
  }

  /** Returns the destinations of an output's messages, each once. */
  targets({ deviceId, moduleId }: Identity, output: string): EdgeRoute["to"][] {
    const found = new Map<string, EdgeRoute["to"]>();
    for (const { from, to } of this.#routes.values()) {
      if (from.deviceId !== deviceId || from.moduleId !== moduleId) continue;
      if (from.output === undefined || from.output === output) found.set(`${to.moduleId}/${to.input}`, to);
    }
    return [...found.values()];
  }

  /** Removes the routes from and to a module that no longer exists. */
  forget({ deviceId, moduleId }: Identity): void {
    for (const { id, from, to } of this.list()) {
      if (from.deviceId === deviceId && (from.moduleId === moduleId || to.moduleId === moduleId)) {
        this.#routes.delete(id);
      }
    }
  }
}
