import { draftReply, type ReplyStyle } from './draft-reply.ts';
import { findOrder } from './find-order.ts';
import { findTopic, type Topic } from './find-topic.ts';
import { guessLanguage, type Language } from './guess-language.ts';
import type { Mail } from './mail.ts';
import { rateUrgency, type Urgency } from './rate-urgency.ts';

/** What a release of this agent decides; of a real one also the prompt and the model. */
export interface TriageRelease {
  readonly style: ReplyStyle;
  /** A mistake that somebody could make: not every mail names an order. */
  readonly needsOrder: boolean;
  /** How long each tool takes, in ms, as if it asked somebody. */
  readonly stepMs: number;
}

/** What comes of a mail. */
export interface Triage {
  readonly language: Language;
  readonly urgency: Urgency;
  readonly topic: Topic;
  readonly order: string | null;
  readonly reply: string;
}

/** What a triage needs of a worker; `TaskContext` of the SDK has all of it. */
export interface TriageDesk {
  tool<Result>(
    name: string,
    call: () => Result | Promise<Result>,
    options?: { readonly arguments?: unknown },
  ): Promise<Result>;
  progress(part: number, message?: string): Promise<void>;
  output(text: string): Promise<void>;
  score(name: string, value: number): void;
}

/** Reads a mail with one tool after the other, and drafts the reply. */
export async function triageMail(
  { subject, text }: Mail,
  release: TriageRelease,
  desk: TriageDesk,
  pause: (durationMs: number) => Promise<unknown>,
): Promise<Triage> {
  const whole = `${subject}\n${text}`;
  const use = <Result>(name: string, work: () => Result): Promise<Result> =>
    desk.tool(
      name,
      async () => {
        await pause(release.stepMs);
        return work();
      },
      { arguments: { characters: whole.length } },
    );
  const language = await use('guess-language', () => guessLanguage(whole));
  const urgency = await use('rate-urgency', () => rateUrgency(whole));
  await desk.progress(0.5, `${language}, ${urgency}`);
  const { topic, sureness } = await use('find-topic', () => findTopic(whole));
  const order = await use('find-order', () => {
    const found = findOrder(whole);
    if (found === null && release.needsOrder) throw new RangeError('the mail names no order');
    return found;
  });
  desk.score('sureness', sureness);
  const pieces = draftReply({ language, topic, order, style: release.style });
  for (const piece of pieces) await desk.output(piece);
  return { language, urgency, topic, order, reply: pieces.join('') };
}
