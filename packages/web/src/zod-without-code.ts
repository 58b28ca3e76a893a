/**
 * The policy of the page allows no code made from text. zod asks whether it may when the first schema is made, which is at
 * import: this stands before all others, so that no browser reports a try.
 */
import { z } from 'zod';

z.config({ jitless: true });
