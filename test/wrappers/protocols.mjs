// Just enough of MCP and SOAP for a client to get its answer.

const results = {
  initialize: {
    protocolVersion: '2025-03-26',
    capabilities: { tools: {} },
    serverInfo: { name: 'orders', version: '1.0.0' },
  },
  'tools/list': { tools: [{ name: 'order', inputSchema: { type: 'object' } }] },
};

export function answerMcp(request, body, response) {
  if (request.method !== 'POST') return response.writeHead(405).end();
  const { id, method } = JSON.parse(body);
  if (id === undefined) return response.writeHead(202).end();
  response.setHeader('content-type', 'application/json');
  const known = results[method];
  const error = { code: -32601, message: 'Method not found' };
  return response.end(
    JSON.stringify({ jsonrpc: '2.0', id, ...(known ? { result: known } : { error }) }),
  );
}

export function answerSoap(_request, body, response) {
  const [, id] = /<(?:\w+:)?id[^>]*>(\d+)</.exec(body) ?? [];
  response.setHeader('content-type', 'text/xml');
  response.end(
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><OrderResponse xmlns="urn:orders"><done>${id}</done></OrderResponse></s:Body></s:Envelope>`,
  );
}

/** A service with one operation, as a data file that soap reads. */
export async function wsdl(url) {
  const { mkdtemp, writeFile } = await import('node:fs/promises');
  const { tmpdir } = await import('node:os');
  const { join } = await import('node:path');
  const file = join(await mkdtemp(join(tmpdir(), 'keyturn-soap-')), 'orders.wsdl');
  const element = (name, part) =>
    `<xs:element name="${name}"><xs:complexType><xs:sequence><xs:element name="${part}" type="xs:string"/></xs:sequence></xs:complexType></xs:element>`;
  const message = (name) =>
    `<message name="${name}"><part name="parameters" element="t:${name}"/></message>`;
  await writeFile(
    file,
    `<definitions name="Orders" targetNamespace="urn:orders" xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:orders" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<types><xs:schema targetNamespace="urn:orders" elementFormDefault="qualified">${element('Order', 'id')}${element('OrderResponse', 'done')}</xs:schema></types>
${message('Order')}${message('OrderResponse')}
<portType name="Orders"><operation name="Order"><input message="t:Order"/><output message="t:OrderResponse"/></operation></portType>
<binding name="Orders" type="t:Orders"><soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/><operation name="Order"><soap:operation soapAction="Order"/><input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation></binding>
<service name="Orders"><port name="Orders" binding="t:Orders"><soap:address location="${url}/orders"/></port></service>
</definitions>`,
  );
  return file;
}
