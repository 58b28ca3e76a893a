import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cefEntry, csvEntry, csvHead, csvLine, type ExportedEntry } from './export-lines.ts';

const entry: ExportedEntry = {
  ...{ tenant: 'default', sequence: 7, at: Date.UTC(2026, 10, 21, 12), actor: 'person:ada' },
  ...{ action: 'rolloutRequested', subject: 'ro-1', detail: { words: 'asked, for "v2"' }, requestId: 'r-1' },
  approvals: [{ by: 'person:bea' }, { by: 'person:cyd' }],
  ...{ leafHash: 'f'.repeat(64), expiredAt: null },
};

describe('the table', () => {
  it('has a head and a row for each entry', () => {
    expect(csvHead()).toBe(
      'sequence,at,actor,action,subject,reason,approvers,requestId,before,after,detail,leafHash,expiredAt\r\n',
    );
    expect(csvEntry(entry)).toBe(
      '7,2026-11-21T12:00:00.000Z,person:ada,rolloutRequested,ro-1,,person:bea person:cyd,r-1,,,' +
        `"{""words"":""asked, for \\""v2\\""""}",${'f'.repeat(64)},\r\n`,
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1'])(
    'does not let a cell be a formula: %j',
    (text) => {
      expect(csvEntry({ ...entry, actor: text })).toMatch(/^7,[^,]+,"?'/);
    },
  );

  it('gives back whatever was put in, once it is read by the rules', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (cells) => {
        const read = readLine(csvLine(cells));
        expect(read).toHaveLength(cells.length);
        for (const [at, cell] of cells.entries()) expect([cell, `'${cell}`]).toContain(read[at]);
      }),
    );
  });
});

describe('an event for a SIEM', () => {
  it('has seven fields of a header, and pairs', () => {
    expect(cefEntry('1.0.0', entry)).toBe(
      'CEF:0|Sluice|sluice|1.0.0|rolloutRequested|rolloutRequested|3|rt=1795262400000 suser=person:ada duser=ro-1 ' +
        'externalId=7 act=rolloutRequested cs1Label=requestId cs1=r-1 cs2Label=leafHash ' +
        `cs2=${'f'.repeat(64)} msg={"words":"asked, for \\\\"v2\\\\""}\n`,
    );
  });

  it('is one line, with the same fields, whatever names and reasons hold', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (action, actor, reason) => {
        const line = cefEntry('1', { ...entry, action, actor, reason });
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(line).not.toContain('\r');
        const header = line.split(/(?<!\\)(?:\\\\)*\|/);
        expect(header.length).toBeGreaterThanOrEqual(8);
        const keys = [...line.slice(line.indexOf('rt=')).matchAll(/(?<=^| )(\w+)=/g)].map(([, key]) => key);
        expect(keys[0]).toBe('rt');
      }),
    );
    const forged = cefEntry('1', { ...entry, actor: 'eve act=nothing\nCEF:0|x' });
    expect(forged).toContain('suser=eve act\\=nothing\\nCEF:0|x duser=');
    expect(cefEntry('1', { ...entry, action: 'a|b\\c' })).toContain('|1|a\\|b\\\\c|a\\|b\\\\c|3|');
  });

  it('is louder for what passes a rule', () => {
    expect(cefEntry('1', { ...entry, action: 'glassBroken' })).toContain('|8|');
    expect(cefEntry('1', { ...entry, action: 'rollbackBegun' })).toContain('|5|');
  });
});

/** Reads a line of RFC 4180. */
function readLine(line: string): string[] {
  const cells: string[] = [];
  let rest = line.slice(0, -2);
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"/.exec(rest);
    const cell = quoted === null ? (/^[^,]*/.exec(rest)?.[0] ?? '') : quoted[1]?.replaceAll('""', '"');
    cells.push(cell ?? '');
    rest = rest.slice(quoted?.[0].length ?? cell?.length);
    if (rest === '') return cells;
    rest = rest.slice(1);
  }
}
