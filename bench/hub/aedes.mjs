// The process of aedes with its defaults: a broker that accepts everyone.
import { createServer } from "node:net";
import { Aedes } from "aedes";

const broker = await Aedes.createBroker();
const server = createServer((socket) => broker.handle(socket));
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ plainPort: server.address().port })));
