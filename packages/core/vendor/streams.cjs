// readable-stream without pipelines, operators and promises, which MQTT.js doesn't use.
const { Stream } = require("readable-stream/lib/internal/streams/legacy");
const { Buffer } = require("buffer/");

// Does what the package's index does, for the classes below.
Stream._isUint8Array = (value) => value instanceof Uint8Array;
Stream._uint8ArrayToBuffer = ({ buffer, byteOffset, byteLength }) =>
  Buffer.from(buffer, byteOffset, byteLength);

exports.Readable = require("readable-stream/lib/internal/streams/readable");
exports.Writable = require("readable-stream/lib/internal/streams/writable");
exports.Duplex = require("readable-stream/lib/internal/streams/duplex");
