/** @fastify/reply-from on Fastify with its default undici pool, and connections for all clients. */
import replyFrom from '@fastify/reply-from';
import { fastify } from 'fastify';
import type { AddressInfo } from 'node:net';

const app = fastify();
await app.register(replyFrom, {
  base: `http://127.0.0.1:${process.argv[2]}`,
  undici: { connections: 256 },
});
app.all('/*', (request, reply) => reply.from(request.url));
await app.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ port: (app.server.address() as AddressInfo).port });
