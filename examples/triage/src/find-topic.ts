import { wordsOf } from './words-of.ts';

/** What a mail is about. */
export type Topic = 'delivery' | 'billing' | 'returns' | 'account' | 'other';

/** Beginnings of words for each topic; the first topic wins where two have as many. */
const BEGINNINGS: readonly (readonly [Topic, readonly string[]])[] = [
  ['delivery', ['deliver', 'parcel', 'ship', 'track', 'paket', 'liefer', 'colis', 'livraison']],
  [
    'billing',
    ['invoice', 'charge', 'card', 'pay', 'rechnung', 'zahl', 'abgebucht', 'facture', 'débit', 'carte'],
  ],
  [
    'returns',
    ['return', 'refund', 'broken', 'exchange', 'kaputt', 'umtausch', 'zurück', 'cassé', 'rembours'],
  ],
  ['account', ['password', 'login', 'account', 'passwort', 'konto', 'anmeld', 'compte', 'connexion']],
];

/** A topic, and how sure that is. */
export interface FoundTopic {
  readonly topic: Topic;
  /** The part of the telling words that tell of it, from 0 to 1. */
  readonly sureness: number;
}

/** The topic of which a text has the most words. */
export function findTopic(text: string): FoundTopic {
  const words = wordsOf(text);
  const counts = BEGINNINGS.map(([topic, beginnings]) => ({
    topic,
    count: words.filter((word) => beginnings.some((beginning) => word.startsWith(beginning))).length,
  }));
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  if (all === 0) return { topic: 'other', sureness: 0 };
  const { topic, count } = counts.reduce((most, one) => (one.count > most.count ? one : most));
  return { topic, sureness: count / all };
}
