const { IoTHubDeviceClient } = require("isohub");

async function main() {
  const client = IoTHubDeviceClient.createFromConnectionString(process.env.CONNECTION_STRING ?? "");
  await client.sendMessage({ temperature: 21.5 });
  console.log("twin:", await client.getTwin());
  await client.shutdown();
}

main();
