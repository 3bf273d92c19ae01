// What MQTT.js and its streams use of Node's `process`. The usual polyfill waits with a timer, which a page has only every
// 4 ms, and every second while it is hidden.
exports.nextTick = (run, ...args) => queueMicrotask(args.length === 0 ? run : () => run(...args));
exports.env = {};
