import type { ConfigurationContent } from "../../hub/configurations/configuration-content.ts";
import type { ConfigurationOptions } from "../../hub/configurations/configurations.ts";
import type { Hub } from "../../hub/hub.ts";
import { HubError, named } from "../../hub/hub-error.ts";
import type { Fields } from "../fields.ts";
import { countOf } from "./configuration-view.ts";

/**
 * Reads a configuration as services send it. A field that is missing stays as it is.
 *
 * @throws {HubError} ArgumentInvalid, InvalidConfigurationCustomMetricsQuery
 * @source IoT Hub service REST, Configuration
 */
export function readConfiguration(
  hub: Hub,
  body: Fields,
  before?: Partial<ConfigurationOptions>,
): ConfigurationOptions {
  const priority = body.number("priority") ?? before?.priority ?? 0;
  if (!Number.isSafeInteger(priority) || priority < 0) {
    throw new HubError("ArgumentInvalid", `priority must be an integer of at least 0, got ${priority}.`);
  }
  const metrics = body.fields("metrics").json("queries");
  const queries = metrics === undefined ? (before?.queries ?? {}) : readQueries(hub, metrics);
  return {
    schemaVersion: body.text("schemaVersion") ?? before?.schemaVersion ?? "1.0",
    labels: body.json("labels") ?? before?.labels ?? {},
    content: readContent(body.fields("content")) ?? before?.content ?? {},
    targetCondition: body.text("targetCondition") ?? before?.targetCondition ?? "",
    priority,
    queries,
  };
}

/** Reads the content of a configuration; `undefined` if it has none. @throws {HubError} ArgumentInvalid */
export function readContent(body: Fields): ConfigurationContent | undefined {
  const kinds = ["deviceContent", "moduleContent", "modulesContent"] as const;
  const content = Object.fromEntries(
    kinds.flatMap((kind) => {
      const section = body.json(kind);
      // Clients send an empty object for the kinds that they don't use.
      return section === undefined || Object.keys(section).length === 0 ? [] : [[kind, section]];
    }),
  );
  return Object.keys(content).length === 0 ? undefined : content;
}

function readQueries(hub: Hub, queries: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(queries).map(([name, query]: [string, unknown]) => {
      if (typeof query !== "string") {
        throw new HubError(
          "InvalidConfigurationCustomMetricsQuery",
          `The query '${name.slice(0, 40)}' must be a string.`,
        );
      }
      named("InvalidConfigurationCustomMetricsQuery", () => countOf(hub, query));
      return [name, query];
    }),
  );
}
