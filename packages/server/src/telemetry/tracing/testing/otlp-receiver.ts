import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/** Whole numbers of 64 bits are text in the JSON form of protocol buffers; small ones may be numbers. */
const uint64 = z.union([z.string().regex(/^\d{1,20}$/), z.int().nonnegative()]);
const anyValue = z.strictObject({
  stringValue: z.string().optional(),
  boolValue: z.boolean().optional(),
  intValue: z.union([z.string().regex(/^-?\d+$/), z.int()]).optional(),
  doubleValue: z.number().optional(),
  arrayValue: z.strictObject({ values: z.array(z.unknown()) }).optional(),
});
const attributes = z.array(z.strictObject({ key: z.string().min(1), value: anyValue }));
const dropped = uint64.optional();

/** `opentelemetry.proto.trace.v1.Span`, in its JSON form: ids are hexadecimal, enumerations are numbers. */
const span = z.strictObject({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  traceState: z.string().optional(),
  parentSpanId: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  flags: uint64.optional(),
  name: z.string().min(1),
  kind: z.int().min(1).max(5),
  startTimeUnixNano: uint64,
  endTimeUnixNano: uint64,
  attributes,
  droppedAttributesCount: dropped,
  events: z.array(
    z.strictObject({
      ...{ timeUnixNano: uint64, name: z.string(), attributes },
      droppedAttributesCount: dropped,
    }),
  ),
  droppedEventsCount: dropped,
  links: z.array(z.unknown()),
  droppedLinksCount: dropped,
  status: z.strictObject({ code: z.int().min(0).max(2).optional(), message: z.string().optional() }),
});

const request = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({
        attributes,
        droppedAttributesCount: dropped,
        entityRefs: z.array(z.unknown()).optional(),
        schemaUrl: z.string().optional(),
      }),
      scopeSpans: z.array(
        z.strictObject({
          scope: z.strictObject({
            name: z.string(),
            version: z.string().optional(),
            attributes: attributes.optional(),
            droppedAttributesCount: dropped,
          }),
          spans: z.array(span),
          schemaUrl: z.string().optional(),
        }),
      ),
      schemaUrl: z.string().optional(),
    }),
  ),
});

/** A span that has arrived. */
export type ReceivedSpan = z.infer<typeof span>;

/** For tests: what takes OTLP over HTTP as JSON, and refuses what its published form does not allow. */
export interface OtlpReceiver {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  /** What was not as it should be. */
  readonly faults: string[];
  /** Attributes of the resources that sent something, by name. */
  readonly resource: Record<string, unknown>;
  /** What it answers with; 200 unless a test says something else. */
  status: number;
  /** Resolves when so many spans are there. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens one on a free port of loopback. */
export async function otlpReceiver(): Promise<OtlpReceiver> {
  const waiting = new Set<() => void>();
  const server = createServer((message, answer) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      if (receiver.status === 200)
        take(receiver, {
          path: `${message.method} ${message.url}`,
          type: message.headers['content-type'] ?? '',
          text: Buffer.concat(chunks).toString('utf8'),
        });
      answer.writeHead(receiver.status, { 'content-type': 'application/json' }).end('{}');
      for (const look of waiting) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: OtlpReceiver = {
    ...{ url: `http://127.0.0.1:${port}`, spans: [], faults: [], resource: {}, status: 200 },
    received: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (receiver.spans.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
  return receiver;
}

function take(
  { faults, spans, resource }: OtlpReceiver,
  { path, type, text }: { readonly path: string; readonly type: string; readonly text: string },
): void {
  if (path !== 'POST /v1/traces') faults.push(`asked ${path}`);
  if (!type.startsWith('application/json')) faults.push(`sent as ${type}`);
  const read = request.safeParse(JSON.parse(text));
  if (!read.success) return void faults.push(z.prettifyError(read.error));
  for (const { resource: from, scopeSpans } of read.data.resourceSpans) {
    for (const { key, value } of from.attributes) resource[key] = Object.values(value)[0];
    for (const scope of scopeSpans) spans.push(...scope.spans);
  }
}
