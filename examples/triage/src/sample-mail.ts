import type { Topic } from './find-topic.ts';
import type { Language } from './guess-language.ts';
import type { Mail } from './mail.ts';
import type { Urgency } from './rate-urgency.ts';

/** A mail with what a person would say of it. */
export interface SampleMail {
  readonly mail: Mail;
  readonly expected: { readonly language: Language; readonly urgency: Urgency; readonly topic: Topic };
}

interface Pattern {
  readonly subject: string;
  readonly text: string;
  readonly language: Language;
  readonly urgency: Urgency;
  readonly topic: Topic;
}

const pattern = (
  language: Language,
  urgency: Urgency,
  topic: Topic,
  [subject, text]: readonly [string, string],
): Pattern => ({ subject, text, language, urgency, topic });

const PATTERNS: readonly Pattern[] = [
  pattern('en', 'normal', 'delivery', ['Where is my parcel?', 'The parcel is late and I have no tracking.']),
  pattern('en', 'high', 'billing', [
    'Charged twice',
    'My card was charged twice, please look at it immediately!',
  ]),
  pattern('en', 'normal', 'returns', ['My lamp', 'The lamp is broken and I would like a refund.']),
  pattern('en', 'low', 'account', ['Password', 'I have lost the password of my account.']),
  pattern('de', 'normal', 'delivery', ['Lieferung', 'Ich warte auf das Paket und habe keine Nachricht.']),
  pattern('de', 'high', 'billing', ['Rechnung falsch', 'Die Rechnung ist falsch, bitte sofort ändern.']),
  pattern('fr', 'low', 'account', ['Connexion', 'Bonjour, je ne trouve pas la page de mon compte.']),
  pattern('fr', 'normal', 'returns', ['Lampe cassée', 'La lampe est cassé et je voudrais un remboursement.']),
];

/** Every fifth mail names no order. */
const WITHOUT_ORDER = 5;

/** Mail number `n`, always the same: an endless supply that needs no chance. */
export function sampleMail(n: number): SampleMail {
  const { subject, text, ...expected } = PATTERNS[n % PATTERNS.length] as Pattern;
  const order = n % WITHOUT_ORDER === WITHOUT_ORDER - 1 ? '' : ` (A-${10_000 + (n % 90_000)})`;
  return { mail: { from: `customer-${n % 500}@example.com`, subject, text: `${text}${order}` }, expected };
}
