/** One measurement in a process of its own, so that nothing of the one before is left: the parent sends the wish. */
import { once } from 'node:events';
import { type CellWish, measureCell } from '../measure-cell.ts';

const [wish] = (await once(process, 'message')) as [CellWish];
process.send?.(await measureCell(wish), () => process.exit(0));
