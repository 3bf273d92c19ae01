// Fakes for tests: a virtual clock, and a runtime in memory with the other end of its connections.
export { MemoryHub } from "./testing/memory-hub.ts";
export { MemoryPeer, type PeerOwner } from "./testing/memory-peer.ts";
export { MemoryRuntime, memoryRuntime } from "./testing/memory-runtime.ts";
export type { ClientPacket, PublishPacket, ServerPacket } from "./testing/mqtt-packets.ts";
export { turn, until } from "./testing/until.ts";
export { VirtualClock } from "./testing/virtual-clock.ts";
