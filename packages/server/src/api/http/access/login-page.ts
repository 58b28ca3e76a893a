import type { FastifyReply } from 'fastify';

/** A page of a few words; what is in it is text, but for `form`, which is made here alone. */
export interface PlainPage {
  readonly status: number;
  readonly title: string;
  readonly words: readonly string[];
  readonly link?: { readonly to: string; readonly words: string };
  readonly form?: string;
}

/** Sends a page on which nothing runs, and which nobody can put into a frame. */
export const sendPage = (reply: FastifyReply, page: PlainPage): FastifyReply =>
  reply
    .code(page.status)
    .headers({
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' http://127.0.0.1:*; frame-ancestors 'none'; base-uri 'none'",
      // Without it a browser would not say where the form comes from, and be refused.
      'referrer-policy': 'same-origin',
      'x-frame-options': 'DENY',
    })
    .type('text/html; charset=utf-8')
    .serializer((html) => String(html))
    .send(htmlOf(page));

function htmlOf({ title, words, link, form = '' }: PlainPage): string {
  const paragraphs = words.map((text) => `<p>${escaped(text)}</p>`).join('\n');
  const onward = link ? `<p><a href="${escaped(link.to)}">${escaped(link.words)}</a></p>` : '';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem}button{font:inherit;padding:.5rem 1.2rem}</style>
</head><body><main><h1>${escaped(title)}</h1>
${paragraphs}${form}${onward}
</main></body></html>
`;
}

/** Text as it stands in a page. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);
