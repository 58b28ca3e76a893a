// An MCP server with two tools of a shop: over standard input and output, or with `--http PORT` over streamable HTTP.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
import { findOrder, orderSchema } from './order-book.ts';

const order = z.string().describe('The number of an order, such as A-1234.');
const said = (structuredContent: Record<string, unknown>) => ({
  content: [{ type: 'text' as const, text: JSON.stringify(structuredContent) }],
  structuredContent,
});

/** The server, once for each connection. */
function orderTools(): McpServer {
  const server = new McpServer({ name: 'orders', version: '1.0.0' }, { capabilities: { tools: {} } });
  server.registerTool(
    'findOrder',
    {
      description: 'Says where an order stands, and what it cost.',
      inputSchema: z.object({ order }),
      outputSchema: orderSchema,
      annotations: { readOnlyHint: true },
    },
    (given) => {
      const found = findOrder(given.order);
      if (found !== null) return said({ ...found });
      return { content: [{ type: 'text', text: `There is no order ${given.order}.` }], isError: true };
    },
  );
  const refunds = new Map<string, number>();
  server.registerTool(
    'refundOrder',
    {
      description: 'Pays an order back.',
      inputSchema: z.object({ order, euros: z.number().min(0.01).max(500) }),
      outputSchema: z.object({ order: z.string(), refund: z.string() }),
      // Sluice names each call: whoever gets the name twice pays once.
      annotations: { idempotentHint: true },
    },
    (given, { mcpReq }) => {
      const named = mcpReq._meta?.['sluice.dev/idempotency-key'];
      const key = typeof named === 'string' ? named : String(mcpReq.id);
      if (!refunds.has(key)) refunds.set(key, refunds.size + 1);
      return said({ order: given.order, refund: `R-${refunds.get(key)}` });
    },
  );
  return server;
}

/** Serves at a port of this machine. */
function serveHttp(port: number): void {
  const handler = createMcpHandler(orderTools);
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' ? [[name, value]] : [],
    );
    const reply = await handler.fetch(
      new Request(`http://127.0.0.1${request.url ?? '/'}`, {
        ...{ method: request.method ?? 'GET', headers },
        ...(parts.length > 0 && { body: Buffer.concat(parts) }),
      }),
    );
    response.writeHead(reply.status, Object.fromEntries(reply.headers));
    if (reply.body) for await (const part of reply.body) response.write(part);
    response.end();
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(port, '127.0.0.1', () => {
    process.stdout.write(`orders: http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp\n`);
  });
}

const at = process.argv.indexOf('--http');
if (at === -1) serveStdio(orderTools);
else serveHttp(Number(process.argv[at + 1] ?? 0));
