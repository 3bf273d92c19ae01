import type { JsonObject } from "@isohub/core";
import type { ConfigurationRecord } from "../../hub/configurations/configurations.ts";
import { parseEtagCondition } from "../../hub/etag.ts";
import type { Hub } from "../../hub/hub.ts";
import { HubError } from "../../hub/hub-error.ts";
import { readConfiguration } from "../configurations/configuration-input.ts";
import type { Fields } from "../fields.ts";

/** Returns a configuration as an export has it and an import reads it. @source IoT Hub service REST, ImportConfiguration */
export function exportedConfiguration(record: ConfigurationRecord): JsonObject {
  const { id, schemaVersion, labels, content, targetCondition, priority, queries, etag } = record;
  return {
    id,
    schemaVersion,
    labels,
    content: { ...content },
    targetCondition,
    priority,
    metrics: { queries: { ...queries } },
    etag,
  };
}

/**
 * Creates or updates a configuration by its import mode, `createOrUpdate` by default.
 *
 * @throws {HubError} ArgumentInvalid, PreconditionFailed, and those of {@link Hub.configurations}
 */
export function importConfiguration(hub: Hub, item: Fields): void {
  const { configurations } = hub;
  const id = item.text("id") ?? "";
  const mode = item.text("importMode") ?? "createOrUpdate";
  const isConditional = mode.toLowerCase() === "createorupdateifmatchetag";
  if (!isConditional && mode.toLowerCase() !== "createorupdate") {
    throw new HubError(
      "ArgumentInvalid",
      `importMode must be createOrUpdate or createOrUpdateIfMatchETag, got '${mode.slice(0, 40)}'.`,
    );
  }
  if (!configurations.has(id)) {
    configurations.create(id, readConfiguration(hub, item));
    return;
  }
  const condition = isConditional ? (parseEtagCondition(item.text("etag")) ?? []) : undefined;
  configurations.update(id, readConfiguration(hub, item, configurations.get(id)), condition);
}
