import type { Topic } from './find-topic.ts';
import type { Language } from './guess-language.ts';

/** How replies sound. */
export type ReplyStyle = 'plain' | 'warm';

/** What a reply is made of. */
export interface ReplyParts {
  readonly language: Language;
  readonly topic: Topic;
  readonly order: string | null;
  readonly style: ReplyStyle;
}

const GREETING: Readonly<Record<Language, string>> = { en: 'Hello,', de: 'Guten Tag,', fr: 'Bonjour,' };
const SUBJECT: Readonly<Record<Language, Readonly<Record<Topic, string>>>> = {
  en: {
    ...{
      delivery: 'we look where your parcel is',
      billing: 'we check your invoice',
      returns: 'we arrange your return',
    },
    ...{ account: 'we help you to log in again', other: 'we look into it' },
  },
  de: {
    ...{
      delivery: 'wir suchen Ihr Paket',
      billing: 'wir prüfen Ihre Rechnung',
      returns: 'wir nehmen es zurück',
    },
    ...{ account: 'wir helfen Ihnen bei der Anmeldung', other: 'wir sehen es uns an' },
  },
  fr: {
    ...{
      delivery: 'nous cherchons votre colis',
      billing: 'nous vérifions votre facture',
      returns: 'nous le reprenons',
    },
    ...{ account: 'nous vous aidons à vous connecter', other: 'nous regardons cela' },
  },
};
const THANKS: Readonly<Record<Language, string>> = {
  en: ' Thank you for telling us.',
  de: ' Danke für Ihre Nachricht.',
  fr: ' Merci de votre message.',
};

/** The pieces of a reply, as an agent would write them one after the other. */
export function draftReply({ language, topic, order, style }: ReplyParts): readonly string[] {
  const about = order === null ? '' : ` (${order})`;
  return [
    GREETING[language],
    ` ${SUBJECT[language][topic]}${about}.`,
    ...(style === 'warm' ? [THANKS[language]] : []),
  ];
}
