// What it returns is said where it is used: the types of MQTT.js would bring those of Node into core.
export declare function loadMqttJs(): never;
