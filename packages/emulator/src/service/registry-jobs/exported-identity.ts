import type { JsonObject } from "@isohub/core";
import type { Hub } from "../../hub/hub.ts";
import type { IdentityRecord } from "../../hub/identities/registry.ts";
import { authenticationView } from "../../hub/views/service-view.ts";

/**
 * Returns a device or module with its twin, as an export has it and an import reads it.
 *
 * @source IoT Hub service REST, ExportImportDevice; IoT Hub documentation, "Import and export IoT Hub device identities in bulk"
 */
export function exportedIdentity({ views }: Hub, record: IdentityRecord, excludeKeys: boolean): JsonObject {
  const { deviceId: id, moduleId, etag: eTag, status, statusReason, managedBy } = record;
  const { etag: twinETag, tags, properties, capabilities, deviceScope, parentScopes } = views.twin(record);
  const authentication = authenticationView(record);
  const symmetricKey = { primaryKey: null, secondaryKey: null };
  const ofDevice = {
    status,
    statusReason,
    capabilities: { ...capabilities },
    ...(deviceScope === undefined ? {} : { deviceScope }),
    ...(parentScopes === undefined ? {} : { parentScopes: [...parentScopes] }),
  };
  return {
    id,
    ...(moduleId === undefined ? ofDevice : { moduleId, managedBy }),
    eTag,
    authentication: excludeKeys ? { ...authentication, symmetricKey } : { ...authentication },
    twinETag,
    tags,
    properties: { ...properties },
  };
}
