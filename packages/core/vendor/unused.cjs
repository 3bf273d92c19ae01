// In place of what MQTT.js and its streams import and this project never reaches.
