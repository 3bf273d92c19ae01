// The settings of a page that uses a local hub, a token broker and an identity provider on this machine.
export const tokenUrl = "http://localhost:8081/";
export const hubOptions = { gatewayHostname: "ws://localhost:8080" };
export const userId = "alice";
export const getAccessToken = async () => (await fetch("http://localhost:9000/jwt")).text();
