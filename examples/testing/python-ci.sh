#!/bin/sh
# Tests device.py against a local hub. Ends with status 0 if every step has succeeded.
set -eu
HOST=${HOST:-127.0.0.1}
export CA_FILE="${CA_FILE:-ca.pem}" CONTROL="http://$HOST:8080/control"

node_modules/.bin/isohub emulator --host "$HOST" --port 8883 --plain-port 8080 --ca-file "$CA_FILE" &
hub=$!
device=
trap 'kill $hub $device 2>/dev/null || true' EXIT
curl --fail --silent --show-error --output /dev/null --retry 60 --retry-connrefused --retry-delay 1 "$CONTROL"

# Microsoft's SDKs always use port 8883, and accept no port in the connection string.
CONNECTION_STRING=$(sh service.sh register python-1 | python3 -c '
import json, sys
print(json.load(sys.stdin)["connectionString"].replace(":8883;", ";"))')
export CONNECTION_STRING

python3 device.py &
device=$!
sh service.sh telemetry python-1 | grep 'temperature.*21.5'
sh service.sh call python-1 boost | grep '"status":200'
kill $device
wait $device
