import { describe, expect, it } from 'vitest';
import { visibleAnswer, visibleText } from './visible-text.ts';

it.each([
  ['v1\u202egnp.exe', 'v1⟨U+202E⟩gnp.exe'],
  ['\u2066a\u2069', '⟨U+2066⟩a⟨U+2069⟩'],
  ['שלום \u200fhello 👩‍🚀', 'שלום \u200fhello 👩‍🚀'],
])('%j is shown as %j', (text, shown) => expect(visibleText(text)).toBe(shown));

const TEXT = JSON.stringify({ reason: 'a\u202eb — ü' });

/** A body that comes byte by byte. */
const slow = (text: string): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (course) => {
      for (const byte of new TextEncoder().encode(text)) course.enqueue(Uint8Array.of(byte));
      course.close();
    },
  });

describe('an answer', () => {
  it.each(['application/json; charset=utf-8', 'application/problem+json', 'text/event-stream', 'text/plain'])(
    'of %s is made visible, however it is cut on its way, and keeps the rest',
    async (type) => {
      const headers = { 'content-type': type, etag: '"7"' };
      const seen = visibleAnswer(new Response(slow(TEXT), { status: 201, headers }));
      expect(await seen.text()).toBe('{"reason":"a⟨U+202E⟩b — ü"}');
      expect({ status: seen.status, tag: seen.headers.get('etag') }).toEqual({ status: 201, tag: '"7"' });
    },
  );

  it.each([
    { 'content-type': 'text/csv' },
    { 'content-type': 'text/plain', 'content-disposition': 'attachment; filename="ledger.cef"' },
  ])('that is handed over as a file is left as it is: %o', async (headers) => {
    expect(await visibleAnswer(new Response(TEXT, { headers })).text()).toBe(TEXT);
  });

  it('without a body is left as it is', () => {
    expect(visibleAnswer(new Response(null, { status: 304 })).status).toBe(304);
  });
});
