#!/bin/sh
# The service's side of a test, with curl: registers a device, and later looks at what it did. CONTROL is the control API's URL.
set -eu

case $1 in
register)
  curl --fail --silent --show-error "$CONTROL/devices" --json "{\"deviceId\": \"$2\"}"
  ;;
telemetry) # waits up to a minute for the first message
  curl --fail --silent --show-error "$CONTROL/telemetry?deviceId=$2&waitMs=60000"
  ;;
call) # waits up to a minute for the device to connect
  curl --fail --silent --show-error "$CONTROL/devices/$2/methods" \
    --json "{\"methodName\": \"$3\", \"connectTimeoutInSeconds\": 60}"
  ;;
send)
  curl --fail --silent --show-error "$CONTROL/devices/$2/c2d" --json "{\"body\": \"$3\"}"
  ;;
desired)
  curl --fail --silent --show-error --request PATCH "$CONTROL/devices/$2/twin" --json "{\"desired\": $3}"
  ;;
esac
