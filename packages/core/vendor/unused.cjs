// Replaces modules that MQTT.js and its streams import and this project never uses.
