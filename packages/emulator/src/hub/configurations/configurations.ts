import type { JsonObject } from "@isohub/core";
import type { Clock } from "@isohub/core/internal";
import type { Store, Table } from "../../store/store.ts";
import { type EtagCondition, newEtag, requireEtag } from "../etag.ts";
import { HubError, named } from "../hub-error.ts";
import { type Identity, identityKey } from "../identities/identity.ts";
import type { IdentityRecord, Registry } from "../identities/registry.ts";
import type { Identities } from "../identities.ts";
import { type Target, targetOf } from "../jobs/target.ts";
import type { RouteCondition } from "../telemetry/message-router.ts";
import type { Twins } from "../twins/twins.ts";
import type { IdentityViews } from "../views/identity-views.ts";
import type { AppliedConfigurations, AppliedRecord } from "./applied-configurations.ts";
import {
  type ConfigurationContent,
  type ContentKind,
  effective,
  isLayered,
  kindOf,
  patchOf,
  placeOf,
  type Setting,
  settingsOf,
} from "./configuration-content.ts";

/** Fields of a configuration that a service sets. */
export interface ConfigurationOptions {
  readonly schemaVersion: string;
  readonly labels: JsonObject;
  readonly content: ConfigurationContent;
  /** Empty if it selects nothing. */
  readonly targetCondition: string;
  readonly priority: number;
  /** Queries that count devices, by name. */
  readonly queries: Readonly<Record<string, string>>;
}

/** A configuration, as it is stored. */
export interface ConfigurationRecord extends ConfigurationOptions {
  readonly id: string;
  readonly etag: string;
  /** Rises from one to the next: among equal priorities, the latest is applied. */
  readonly number: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Parts of a hub that {@link Configurations} need. */
export interface ConfigurationsOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly registry: Registry;
  readonly identities: Identities;
  readonly views: IdentityViews;
  readonly twins: Twins;
  readonly applied: AppliedConfigurations;
  /** Parses a condition. @throws {HubError} ArgumentInvalid */
  parseCondition(condition: string): RouteCondition;
}

interface OpenConfiguration {
  readonly record: ConfigurationRecord;
  readonly kind: ContentKind;
  readonly target: Target | undefined;
}

const maxConfigurations = 100;

/**
 * Automatic device and module configurations, and deployments to IoT Edge devices.
 *
 * Of the configurations that select a twin, the one of the highest priority is applied; of deployments, also the layered
 * ones above it. Twins are evaluated when they or the configurations change, and when a device connects.
 *
 * @source IoT Hub documentation, "Automatic device and module management using the Azure CLI"
 */
export class Configurations {
  readonly #options: ConfigurationsOptions;
  readonly #table: Table<ConfigurationRecord>;
  /** Highest priority first. */
  #open: readonly OpenConfiguration[] = [];
  #isApplying = false;

  constructor(options: ConfigurationsOptions) {
    this.#options = options;
    this.#table = options.store.table("configurations");
    this.#reopen();
  }

  list(): readonly ConfigurationRecord[] {
    return [...this.#table.values()];
  }

  /** @throws {HubError} ConfigurationNotFound */
  get(id: string): ConfigurationRecord {
    const record = this.#table.get(id);
    if (record !== undefined) return record;
    throw new HubError("ConfigurationNotFound", `There is no configuration '${id.slice(0, 80)}'.`);
  }

  has(id: string): boolean {
    return this.#table.has(id);
  }

  /** @throws {HubError} ConfigurationAlreadyExists, ConfigurationCountLimitExceeded, ArgumentInvalid */
  create(id: string, options: ConfigurationOptions): ConfigurationRecord {
    if (!/^[a-z0-9\-:+%_#*?!(),=@;']{1,128}$/.test(id)) {
      throw new HubError(
        "ArgumentInvalid",
        `The id of a configuration must be 1 to 128 characters of a-z 0-9 - : + % _ # * ? ! ( ) , = @ ; ', got '${id.slice(0, 140)}'.`,
      );
    }
    if (this.#table.has(id)) {
      throw new HubError("ConfigurationAlreadyExists", `A configuration with ID '${id}' already exists.`);
    }
    if (this.#table.size >= maxConfigurations) {
      throw new HubError(
        "ConfigurationCountLimitExceeded",
        `A hub can have up to ${maxConfigurations} configurations.`,
      );
    }
    const now = this.#options.clock.now();
    const number = Math.max(0, ...this.list().map((each) => each.number)) + 1;
    return this.#write({ ...options, id, number, etag: newEtag(), createdAt: now, updatedAt: now });
  }

  /** Updates everything but the content. @throws {HubError} ConfigurationNotFound, PreconditionFailed, ArgumentInvalid */
  update(
    id: string,
    options: ConfigurationOptions,
    condition: EtagCondition | undefined,
  ): ConfigurationRecord {
    const before = this.get(id);
    requireEtag(condition, before.etag, `the configuration '${id}'`);
    if (JSON.stringify(options.content) !== JSON.stringify(before.content)) {
      throw new HubError(
        "CannotModifyImmutableConfigurationContent",
        "The content of a configuration can't be changed.",
      );
    }
    return this.#write({ ...before, ...options, etag: newEtag(), updatedAt: this.#options.clock.now() });
  }

  /** Deletes a configuration, and removes its settings from twins. @throws {HubError} ConfigurationNotFound, PreconditionFailed */
  delete(id: string, condition: EtagCondition | undefined): void {
    requireEtag(condition, this.get(id).etag, `the configuration '${id}'`);
    this.#options.store.batch(() => {
      this.#table.delete(id);
      this.#reopen();
      this.#evaluateAll();
    });
  }

  /** Sets a content on one device, whatever configurations there are. @throws {HubError} DeviceNotFound, ArgumentInvalid */
  applyTo(identity: Identity, content: ConfigurationContent): void {
    this.#options.registry.require(identity);
    kindOf(content);
    this.#set([], settingsOf(identity, content));
  }

  /** Applies the configurations that select a device or module. */
  evaluate(identity: Identity): void {
    const { applied, registry, store } = this.#options;
    if (this.#isApplying || (this.#open.length === 0 && applied.size === 0)) return;
    const record = registry.find(identity);
    if (record === undefined) return;
    this.#isApplying = true;
    try {
      store.batch(() => this.#evaluate(record));
    } finally {
      this.#isApplying = false;
    }
  }

  #evaluateAll(): void {
    for (const record of this.#options.registry.list()) this.evaluate(record);
  }

  #evaluate(record: IdentityRecord): void {
    const { applied } = this.#options;
    const before = applied.of(record);
    const selected = this.#selected(record);
    const top = appliedOf(selected);
    const ids = top.map(({ record: { id, etag } }) => [id, etag] as const);
    const next: AppliedRecord = {
      targeted: selected.filter((each) => !top.includes(each)).map(({ record: { id } }) => id),
      applied: ids,
      settings: before.settings,
    };
    if (JSON.stringify([next.targeted, ids]) === JSON.stringify([before.targeted, before.applied])) return;
    if (contentKey(ids) === contentKey(before.applied)) {
      applied.set(record, next);
      return;
    }
    // The lowest first, so that a higher one replaces its settings.
    const set = [...top].reverse().flatMap(({ record: { content } }) => settingsOf(record, content));
    const settings = [...effective(set).values()];
    try {
      const places = new Set(settings.map(placeOf));
      this.#set(
        before.settings.filter((setting) => !places.has(placeOf(setting))),
        settings,
      );
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      // A configuration that doesn't fit into the twin stays targeted, as in the hub.
      applied.set(record, { ...before, targeted: selected.map(({ record: { id } }) => id), applied: [] });
      return;
    }
    applied.set(record, { ...next, settings: settings.map(({ identity, path }) => ({ identity, path })) });
  }

  /** Returns the configurations that select a twin, highest priority first. */
  #selected(record: IdentityRecord): OpenConfiguration[] {
    const isModule = record.moduleId !== undefined;
    const twin = { ...this.#options.views.twin(record) };
    return this.#open.filter(({ kind, target }) => {
      if (target === undefined || target.modules !== isModule || (kind === "moduleContent") !== isModule)
        return false;
      return (kind !== "modulesContent" || record.iotEdge) && target.matches(twin);
    });
  }

  #set(removed: AppliedRecord["settings"], settings: readonly Setting[]): void {
    const { registry, identities, twins } = this.#options;
    const targets = new Map(
      [...removed, ...settings].map(({ identity }) => [identityKey(identity), identity]),
    );
    for (const [key, identity] of targets) {
      const here = ({ identity: other }: { identity: Identity }): boolean => identityKey(other) === key;
      const set = settings.filter(here);
      if (registry.find(identity) === undefined) {
        if (set.length === 0) continue;
        identities.create(identity, { managedBy: "iotEdge" });
      }
      const { value } = twins.of(identity).desired;
      const patch = patchOf(
        value,
        removed.filter(here).map(({ path }) => path),
        set,
      );
      if (Object.keys(patch).length > 0) twins.change(identity, { desired: patch });
    }
  }

  #write(record: ConfigurationRecord): ConfigurationRecord {
    this.#options.store.batch(() => {
      const opened = this.#opened(record);
      this.#table.set(record.id, opened.record);
      this.#reopen();
      this.#evaluateAll();
    });
    return record;
  }

  #reopen(): void {
    this.#open = this.list()
      .map((record) => this.#opened(record))
      .sort((a, b) => b.record.priority - a.record.priority || b.record.number - a.record.number);
  }

  #opened(record: ConfigurationRecord): OpenConfiguration {
    const { targetCondition, content } = record;
    const { parseCondition } = this.#options;
    const target =
      targetCondition.trim() === ""
        ? undefined
        : named("InvalidConfigurationTargetCondition", () => targetOf(targetCondition, parseCondition));
    return { record, kind: kindOf(content), target };
  }
}

// Device configurations and deployments don't compete: they change different twins.
function appliedOf(selected: readonly OpenConfiguration[]): OpenConfiguration[] {
  const deployments = selected.filter(({ kind }) => kind === "modulesContent");
  const base = deployments.findIndex(({ record }) => !isLayered(record.content));
  const own = selected.find(({ kind }) => kind !== "modulesContent");
  return [...(own === undefined ? [] : [own]), ...(base < 0 ? [] : deployments.slice(0, base + 1))];
}

// An update changes the etag, not the content.
function contentKey(applied: AppliedRecord["applied"]): string {
  return JSON.stringify(applied.map(([id]) => id));
}
