/** `node origin-process.ts PORT JWKS`: answers with the field lines that it received, counts what is uploaded, echoes WebSocket messages. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { WebSocketServer } from 'ws';

const [port, jwks = '{}'] = process.argv.slice(2);

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const server = createServer((request, response) => {
  if (request.url === '/jwks.json') answer(response, jwks);
  else if (request.url === '/hub/api') answer(response, '{"version":"6.1.1"}');
  else if (request.method === 'POST') countBody(request, response);
  else answer(response, JSON.stringify({ url: request.url, fields: request.rawHeaders }));
});
server.on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, webSocket => {
    webSocket.on('message', (message, isBinary) => webSocket.send(message, { binary: isBinary }));
    webSocket.on('error', () => webSocket.terminate());
  });
});
server.requestTimeout = 0;
server.keepAliveTimeout = 600_000;
server.listen(Number(port), '127.0.0.1');

function countBody(request: IncomingMessage, response: ServerResponse): void {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  request.on('end', () => answer(response, JSON.stringify({ bytes })));
}

function answer(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
