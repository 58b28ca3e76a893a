import { z } from 'zod';

/** A page of a list: its items, and where it goes on. */
export const pageSchemaOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    next: z.string().nullable().describe('Give it as `cursor` to go on; null at the end.'),
  });
