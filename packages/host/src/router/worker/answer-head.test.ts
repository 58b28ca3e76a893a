import { expect, it } from 'vitest';
import { readAnswerHead } from './answer-head.ts';

const raw = (...pairs: string[]): Buffer[] => pairs.map((text) => Buffer.from(text, 'latin1'));

it('passes headers on as they came, repeated and in their case', () => {
  expect(readAnswerHead(raw('X-A', '1', 'x-a', '2', 'Content-Length', '5')).headers).toEqual([
    'X-A',
    '1',
    'x-a',
    '2',
    'Content-Length',
    '5',
  ]);
});

it('knows the length, and that there is none', () => {
  expect(readAnswerHead(raw('content-length', '5')).contentLength).toBe(5);
  expect(readAnswerHead(raw('x', '5')).contentLength).toBe(-1);
});

it('drops a length that stands beside a transfer coding', () => {
  const head = readAnswerHead(raw('Content-Length', '5', 'Transfer-Encoding', 'chunked', 'X', '1'));
  expect(head).toMatchObject({ headers: ['X', '1'], contentLength: -1 });
});

it('drops what Connection names, in any case and over several lines', () => {
  const head = readAnswerHead(
    raw('Connection', 'X-One', 'connection', 'x-two, close', 'x-one', '1', 'X-Two', '2', 'X', '3'),
  );
  expect(head.headers).toEqual(['X', '3']);
});

it('keeps the trailer header apart', () => {
  expect(readAnswerHead(raw('Trailer', 'X-Sum'))).toMatchObject({ headers: [], trailer: 'X-Sum' });
});

it('reads the headers of HTTP/2 with their lists', () => {
  expect(readAnswerHead({ 'set-cookie': ['a=1', 'b=2'], 'x-a': '1' }).headers).toEqual([
    'set-cookie',
    'a=1',
    'set-cookie',
    'b=2',
    'x-a',
    '1',
  ]);
});
