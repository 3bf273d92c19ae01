import type { JsonObject } from "@isohub/core";
import { isoTime } from "../../hub/clock.ts";
import { type ConfigurationContent, kindOf } from "../../hub/configurations/configuration-content.ts";
import type { ConfigurationRecord } from "../../hub/configurations/configurations.ts";
import type { Hub } from "../../hub/hub.ts";
import { targetOf } from "../../hub/jobs/target.ts";
import { parseQuery } from "../../query/parser.ts";
import { firstPosition, runQuery } from "../../query/run-query.ts";
import { rowsOf } from "../query-routes.ts";

/** The results of queries that count devices, by name, with the queries. */
interface Metrics {
  readonly results: Readonly<Record<string, number>>;
  readonly queries: Readonly<Record<string, string>>;
}

/** A configuration as services see it. */
export interface ConfigurationView {
  readonly id: string;
  readonly schemaVersion: string;
  readonly labels: JsonObject;
  readonly content: ConfigurationContent;
  readonly targetCondition: string;
  readonly createdTimeUtc: string;
  readonly lastUpdatedTimeUtc: string;
  readonly priority: number;
  readonly systemMetrics: Metrics;
  readonly metrics: Metrics;
  readonly etag: string;
}

/** Returns a configuration with its metrics, whose queries run now. */
export function configurationView(hub: Hub, record: ConfigurationRecord): ConfigurationView {
  const { id, schemaVersion, labels, content, targetCondition, priority, etag } = record;
  return {
    id,
    schemaVersion,
    labels,
    content,
    targetCondition,
    createdTimeUtc: isoTime(record.createdAt),
    lastUpdatedTimeUtc: isoTime(record.updatedAt),
    priority,
    systemMetrics: metricsOf(hub, systemQueries(record)),
    metrics: metricsOf(hub, record.queries),
    etag,
  };
}

/** Returns the number of items of a query. @throws {HubError} ArgumentInvalid */
export function countOf(hub: Hub, text: string): number {
  const query = parseQuery(text);
  return runQuery(query, rowsOf(hub, query.from), firstPosition, Number.POSITIVE_INFINITY).items.length;
}

function metricsOf(hub: Hub, queries: Readonly<Record<string, string>>): Metrics {
  const results = Object.entries(queries).map(([name, query]) => [name, countOf(hub, query)] as const);
  return { results: Object.fromEntries(results), queries };
}

function systemQueries({ id, content, targetCondition }: ConfigurationRecord): Record<string, string> {
  const { modules, condition } = targetOf(targetCondition, () => () => true);
  const selected = targetCondition.trim() === "" ? "false" : condition || "true";
  const select = modules ? "SELECT deviceId, moduleId FROM devices.modules" : "SELECT deviceId FROM devices";
  const edge = kindOf(content) === "modulesContent" ? "capabilities.iotEdge = true AND " : "";
  return {
    targetedCount: `${select} WHERE ${edge}(${selected})`,
    appliedCount: `${select} WHERE configurations.[[${id}]].status = 'Applied'`,
  };
}
