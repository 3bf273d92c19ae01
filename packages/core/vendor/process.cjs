// The parts of Node's `process` that MQTT.js and its streams use. The usual polyfill waits with a timer, which in a page
// takes at least 4 ms, and a second while the page is hidden.
exports.nextTick = (run, ...args) => queueMicrotask(args.length === 0 ? run : () => run(...args));
exports.env = {};
