// A server of node-opcua that counts: prints its address, then one number per 20 ms as s=count.
const { OPCUAServer, DataType, MessageSecurityMode, SecurityPolicy, OPCUACertificateManager } = require("node-opcua");

const [port, secured, folder] = [Number(process.argv[2]), process.argv[3] === "secured", process.argv[4]];

(async () => {
  const certificates = new OPCUACertificateManager({ rootFolder: folder, automaticallyAcceptUnknownCertificate: true });
  const server = new OPCUAServer({
    port,
    hostname: "127.0.0.1",
    allowAnonymous: true,
    serverCertificateManager: certificates,
    securityModes: [secured ? MessageSecurityMode.SignAndEncrypt : MessageSecurityMode.None],
    serverCapabilities: { minSupportedSampleRate: 0 },
    securityPolicies: [secured ? SecurityPolicy.Basic256Sha256 : SecurityPolicy.None],
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  const own = space.getOwnNamespace();
  const made = (name, dataType) =>
    own.addVariable({
      organizedBy: space.rootFolder.objects,
      browseName: name,
      nodeId: `s=${name}`,
      dataType,
      minimumSamplingInterval: 0, // every change is reported; otherwise the server looks now and then
    });
  const count = made("count", "Double");
  const state = made("state", "String");
  state.setValueFromSource({ dataType: DataType.String, value: "运行" });
  let number = 0;
  setInterval(() => {
    number += 1;
    count.setValueFromSource({ dataType: DataType.Double, value: number });
  }, 20);
  await server.start();
  console.log("ready");
})();
