// A client of node-opcua: reads a node, subscribes to it, prints each change as JSON until it has had so many.
const { OPCUAClient, AttributeIds, TimestampsToReturn, MessageSecurityMode, SecurityPolicy, OPCUACertificateManager } =
  require("node-opcua");

const [url, node, many, secured, folder] = [
  process.argv[2], process.argv[3], Number(process.argv[4]), process.argv[5] === "secured", process.argv[6],
];

(async () => {
  const client = OPCUAClient.create({
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 1 },
    clientCertificateManager: new OPCUACertificateManager({
      rootFolder: folder,
      automaticallyAcceptUnknownCertificate: true,
    }),
    securityMode: secured ? MessageSecurityMode.SignAndEncrypt : MessageSecurityMode.None,
    securityPolicy: secured ? SecurityPolicy.Basic256Sha256 : SecurityPolicy.None,
  });
  await client.connect(url);
  const session = await client.createSession();
  const say = (kind, value) =>
    console.log(
      JSON.stringify({ kind, value: value.value.value, status: value.statusCode.value, time: value.sourceTimestamp }),
    );
  say("read", await session.read({ nodeId: node, attributeId: AttributeIds.Value }));
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: 50,
    requestedLifetimeCount: 100,
    requestedMaxKeepAliveCount: 10,
    publishingEnabled: true,
  });
  const item = await subscription.monitor(
    { nodeId: node, attributeId: AttributeIds.Value },
    { samplingInterval: 0, queueSize: 100, discardOldest: true },
    TimestampsToReturn.Both,
  );
  let had = 0;
  item.on("changed", async (value) => {
    if (had >= many) return;
    had += 1;
    say("changed", value);
    if (had === many) {
      await session.close();
      await client.disconnect();
    }
  });
})().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
