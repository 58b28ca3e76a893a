/** The instance behind all proxies, where nginx is not installed: 1 KB for every request. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const body = Buffer.alloc(1_024, 'x');
const headers = ['content-type', 'text/plain', 'content-length', String(body.length)];
const server = createServer((_request, response) => response.writeHead(200, headers).end(body));
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
