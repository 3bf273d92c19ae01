"""Manages devices, twins and methods with the official service client, and writes the outcome of each step."""

import json
import sys

from azure.iot.hub import IoTHubRegistryManager
from azure.iot.hub.models import (
    CloudToDeviceMethod,
    ExportImportDevice,
    QuerySpecification,
    Twin,
    TwinProperties,
)

job = json.load(sys.stdin)
prefix = job["prefix"]
manager = IoTHubRegistryManager.from_connection_string(job["connectionString"])


def failure(call):
    try:
        call()
    except Exception as error:
        return {"name": type(error).__name__, "status": error.response.status_code}
    return None


def identities():
    one = prefix + "-one"
    created = manager.create_device_with_sas(one, None, None, "enabled")
    again = failure(lambda: manager.create_device_with_sas(one, None, None, "enabled"))
    keys = created.authentication.symmetric_key
    updated = manager.update_device_with_sas(one, created.etag, keys.primary_key, keys.secondary_key, "disabled")
    stale = failure(lambda: manager.update_device_with_sas(one, created.etag, None, None, "enabled"))
    x509 = manager.create_device_with_x509(prefix + "-x509", "A" * 40, "B" * 40, "enabled")
    edge = manager.create_device_with_sas(prefix + "-edge", None, None, "enabled", iot_edge=True)
    module = manager.create_module_with_sas(one, "m", "me", None, None)
    modules = [each.module_id for each in manager.get_modules(one)]
    manager.delete_module(one, "m")
    listed = [each.device_id for each in manager.get_devices(100)]
    statistics = manager.get_device_registry_statistics().total_device_count
    for device_id in (one, prefix + "-x509", prefix + "-edge"):
        manager.delete_device(device_id)
    return {
        "key": len(keys.primary_key),
        "again": again,
        "updated": updated.status,
        "stale": stale,
        "thumbprint": x509.authentication.x509_thumbprint.primary_thumbprint,
        "scope": edge.device_scope,
        "module": [module.module_id, module.managed_by],
        "modules": modules,
        "listed": listed,
        "statistics": statistics,
        "gone": failure(lambda: manager.get_device(one)),
    }


def twins():
    ids = [prefix + "-" + str(at) for at in range(3)]
    items = [ExportImportDevice(id=each, import_mode="create", status="enabled") for each in ids]
    added = manager.bulk_create_or_update_devices(items)
    partly = manager.bulk_create_or_update_devices(items[:1])
    for each in ids:
        manager.update_twin(each, Twin(tags={"kind": prefix}), "*")
    first = manager.get_twin(ids[0])
    patch = Twin(properties=TwinProperties(desired={"interval": 5, "old": 1}))
    patched = manager.update_twin(ids[0], patch, first.etag)
    stale = failure(lambda: manager.update_twin(ids[0], patch, first.etag))
    replacement = Twin(tags={"kind": prefix}, properties=TwinProperties(desired={"interval": 6}))
    replaced = manager.replace_twin(ids[0], replacement, patched.etag)
    query = QuerySpecification(query="SELECT * FROM devices WHERE tags.kind = '%s'" % prefix)
    pages, token = [], None
    while True:
        page = manager.query_iot_hub(query, token, 2)
        pages.append([each.device_id for each in page.items])
        token = page.continuation_token
        if not token:
            break
    return {
        "added": added.is_successful,
        "partly": [error.error_code for error in partly.errors],
        "stale": stale,
        "desired": sorted(name for name in replaced.properties.desired if not name.startswith("$")),
        "pages": pages,
    }


def methods():
    call = CloudToDeviceMethod(
        method_name="reboot", payload={"delay": 5}, connect_timeout_in_seconds=30, response_timeout_in_seconds=30
    )
    result = manager.invoke_device_method(job["online"], call)
    return {"status": result.status, "payload": result.payload, "connected": manager.get_service_statistics().connected_device_count}


json.dump([{"identities": identities(), "twins": twins(), "methods": methods()}], sys.stdout)
