/**
 * For tests: a real MCP server, over standard input and output, or with `--http` over HTTP at a port that it prints. What it
 * has done stands in the file that COUNT_FILE names, one line for each call that acted.
 */
import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

const countFile = process.env['COUNT_FILE'];
const text = (words: string) => ({ content: [{ type: 'text' as const, text: words }] });

function shop(): McpServer {
  const server = new McpServer({ name: 'shop', version: '1.0.0' }, { capabilities: { tools: {} } });
  server.registerTool(
    'findOrder',
    {
      description: 'Finds an order.',
      inputSchema: z.object({ order: z.string() }),
      outputSchema: z.object({ order: z.string(), state: z.string() }),
      annotations: { readOnlyHint: true },
    },
    ({ order }) => {
      const structuredContent = { order, state: 'sent' };
      return { ...text(JSON.stringify(structuredContent)), structuredContent };
    },
  );
  server.registerTool(
    'refund',
    {
      description: 'Pays back.',
      inputSchema: z.object({ order: z.string(), afterMs: z.number().optional() }),
    },
    async ({ order, afterMs = 0 }, context) => {
      const key = context.mcpReq._meta?.['sluice.dev/idempotency-key'];
      if (countFile) appendFileSync(countFile, `${order} ${String(key)}\n`);
      await pause(afterMs);
      return text(`refunded ${order}`);
    },
  );
  server.registerTool('fail', { inputSchema: z.object({}) }, () => ({
    ...text('no such shelf'),
    isError: true,
  }));
  server.registerTool('crash', { inputSchema: z.object({}) }, () => process.exit(1));
  server.registerTool('environment', { inputSchema: z.object({}) }, () =>
    text(Object.keys(process.env).toSorted().join(' ')),
  );
  return server;
}

if (process.argv.includes('--http')) {
  const handler = createMcpHandler(shop);
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method = 'GET', url = '/', headers } = request;
    const said = await handler.fetch(
      new Request(`http://127.0.0.1${url}`, {
        method,
        headers: Object.entries(headers).flatMap(([name, value]): [string, string][] =>
          typeof value === 'string' ? [[name, value]] : [],
        ),
        ...(parts.length > 0 && { body: Buffer.concat(parts) }),
      }),
    );
    response.writeHead(said.status, Object.fromEntries(said.headers));
    if (said.body) for await (const part of said.body) response.write(part);
    response.end();
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
  });
} else serveStdio(shop);
