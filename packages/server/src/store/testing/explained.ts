import { assert } from '@sluice/core/kernel/assert.ts';
import type { Database } from '../database/open-database.ts';

/** For tests: a database that answers each statement that is written as SQL with its plan, and the plan of the last one. */
export function explained(db: Database): { readonly db: Database; readonly plan: () => string } {
  let plan = '';
  return {
    db: db.withPlugin({
      transformQuery: ({ node }) => {
        assert(node.kind === 'RawNode', 'the statement is written as SQL');
        const [first, ...others] = node.sqlFragments;
        return { ...node, sqlFragments: [`explain ${first}`, ...others] };
      },
      transformResult: async ({ result }) => {
        plan = result.rows.flatMap((row) => Object.values(row)).join('\n');
        return result;
      },
    }),
    plan: () => plan,
  };
}
