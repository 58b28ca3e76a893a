import { describe, expect, it } from 'vitest';
import { escapeHtml, escapeMarkdown, escapeSlack, escapeWiki } from './escape.ts';
import { boundedText, oneLine, seenText } from './plain-words.ts';

describe('words for people', () => {
  it('keep their lines and lose what nobody sees', () => {
    expect(seenText('a\r\nb\tc\u202egnp.exe\u0000\u0007')).toBe('a\nb\tcgnp.exe');
  });

  it('become one line, as a header wants it', () => {
    expect(oneLine('  hello\r\nBcc: eve@evil.example\u2028x ')).toBe('hello Bcc: eve@evil.example x');
  });

  it('are cut between characters, never within one', () => {
    expect(boundedText('abc', 3)).toBe('abc');
    expect(boundedText('abcd', 3)).toBe('ab…');
    expect(boundedText('a😀bc', 3)).toBe('a…');
  });

  it('say nothing to Slack, HTML, Markdown and Jira but themselves', () => {
    expect(escapeSlack('<!channel> & co')).toBe('&lt;!channel&gt; &amp; co');
    expect(escapeHtml(`<a href="x" id='y'>`)).toBe('&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;');
    expect(escapeMarkdown('*b* @all #7 [x](y)')).toBe('\\*b\\* @\u200Ball \\#\u200B7 \\[x\\]\\(y\\)');
    expect(escapeWiki('{color:red} [~ada] *b*')).toBe('\\{color:red\\} \\[\\~ada\\] \\*b\\*');
  });
});
