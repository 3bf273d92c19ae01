// MQTT.js and a Duplex stream, as Rollup bundles them for runtimes without Node's modules. CommonJS, so that none of it
// runs before the call.
exports.loadMqttJs = () => ({
  MqttClient: require("mqtt/lib/client").default,
  Duplex: require("readable-stream").Duplex,
});
