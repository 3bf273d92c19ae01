// Typed where it is used: the types of MQTT.js would bring Node's into core.
export declare function loadMqttJs(): never;
