/** What makes the text around it run in another order than it is read in: overrides, embeddings and isolates. */
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/g;

/** Answers that are shown. What is handed over as a file, as an export of the ledger, is left as it is. */
const SHOWN = /^(application\/(problem\+)?json|text\/event-stream|text\/plain)\b/;

/** A text in which characters that reorder others are seen instead of obeyed: `⟨U+202E⟩`. */
export const visibleText = (text: string): string =>
  text.replace(REORDERING, (control) => `⟨U+${control.charCodeAt(0).toString(16).toUpperCase()}⟩`);

/**
 * An answer of the API in which no text can reorder what stands around it: a version, a reason or a line of a log must not
 * look like another. It is passed on piece by piece, as it comes.
 */
export function visibleAnswer(response: Response): Response {
  const { status, statusText, headers } = response;
  const isShown = SHOWN.test(headers.get('content-type') ?? '') && !headers.has('content-disposition');
  if (response.body === null || !isShown) return response;
  const shown = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(
      new TransformStream<string, string>({
        transform: (piece, course) => course.enqueue(visibleText(piece)),
      }),
    )
    .pipeThrough(new TextEncoderStream());
  return new Response(shown, { status, statusText, headers });
}
