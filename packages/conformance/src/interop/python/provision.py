"""Registers devices with the Python SDK: reads jobs as JSON, runs them concurrently, and writes their outcomes."""

import json
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from azure.iot.device import X509, ProvisioningDeviceClient

work = json.load(sys.stdin)
options = {"server_verification_cert": work["ca"], "websockets": work["websockets"]}


def client_for(job, folder):
    names = (work["host"], job["registrationId"], job["idScope"])
    if "x509" not in job:
        return ProvisioningDeviceClient.create_from_symmetric_key(*names, job["key"], **options)
    files = []
    for part in ("cert", "key"):
        files.append(os.path.join(folder, part))
        with open(files[-1], "w") as file:
            file.write(job["x509"][part])
    return ProvisioningDeviceClient.create_from_x509_certificate(*names, X509(*files), **options)


def register(job):
    with tempfile.TemporaryDirectory() as folder:
        client = client_for(job, folder)
        if "payload" in job:
            client.provisioning_payload = job["payload"]
        try:
            result = client.register()
        except Exception as error:
            return {"error": type(error).__name__, "cause": str(error.__cause__)}
        state = result.registration_state
        return {
            "status": result.status,
            "operationId": result.operation_id,
            "deviceId": state.device_id,
            "assignedHub": state.assigned_hub,
            "subStatus": state.sub_status,
            "payload": json.loads(state.response_payload),
        }


with ThreadPoolExecutor(max_workers=16) as pool:
    print(json.dumps(list(pool.map(register, work["jobs"]))))
