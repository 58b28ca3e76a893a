import { expect, test } from 'vitest';
import { screen } from '../testing/screen.ts';
import { livePrinter } from './live-printer.ts';

test('what is drawn replaces what was drawn, also when it is shorter', () => {
  const terminal = screen(40, 10);
  terminal.write('$ sluice status\n');
  const printer = livePrinter(terminal, '…');
  printer.draw(['one', 'two', 'three']);
  expect(terminal.lines()).toEqual(['$ sluice status', 'one', 'two', 'three']);
  printer.draw(['four']);
  expect(terminal.lines()).toEqual(['$ sluice status', 'four']);
});

test('the cursor is hidden while drawing and given back at the end', () => {
  const terminal = screen(40, 10);
  const printer = livePrinter(terminal, '…');
  printer.draw(['one']);
  expect(terminal.cursorIsHidden).toBe(true);
  printer.end();
  expect(terminal.cursorIsHidden).toBe(false);
  terminal.write('next\n');
  expect(terminal.lines()).toEqual(['one', 'next']);
});

test('lines are cut to the width, so that none wraps', () => {
  const terminal = screen(10, 10);
  const printer = livePrinter(terminal, '…');
  printer.draw(['a line that is too long']);
  printer.draw(['another line that is too long']);
  expect(terminal.lines()).toEqual(['another …']);
});

test('more lines than the terminal has rows are counted and not drawn', () => {
  const terminal = screen(40, 4);
  const printer = livePrinter(terminal, '…');
  const lines = Array.from({ length: 9 }, (_, at) => `line ${at}`);
  printer.draw(lines);
  printer.draw(lines);
  expect(terminal.lines()).toEqual(['line 0', 'line 1', '… 7 more lines']);
});

test('after the terminal became narrower nothing of the old drawing stays', () => {
  const terminal = screen(30, 10);
  const printer = livePrinter(terminal, '…');
  printer.draw(['a line of twenty-six signs', 'short']);
  terminal.resize(10, 10);
  printer.draw(['new', 'drawing']);
  expect(terminal.lines()).toEqual(['new', 'drawing']);
});

test('a terminal that tells no size is drawn on as if it had 80 columns', () => {
  const terminal = screen(0, 0);
  const printer = livePrinter(terminal, '…');
  printer.draw(['x'.repeat(100)]);
  expect(terminal.lines()).toEqual([`${'x'.repeat(78)}…`]);
  printer.draw(['y']);
  expect(terminal.lines()).toEqual(['y']);
});

test('a terminal of one column is drawn on without a crash', () => {
  const terminal = screen(1, 1);
  const printer = livePrinter(terminal, '…');
  printer.draw(['abc', 'def']);
  printer.draw(['ghi']);
  printer.end();
  expect(terminal.lines().length).toBeLessThanOrEqual(1);
});

test('lines to keep stay above what is drawn next', () => {
  const terminal = screen(40, 10);
  const printer = livePrinter(terminal, '…');
  printer.draw(['working']);
  printer.keep(['done with the first']);
  printer.draw(['working on the second']);
  expect(terminal.lines()).toEqual(['done with the first', 'working on the second']);
});
