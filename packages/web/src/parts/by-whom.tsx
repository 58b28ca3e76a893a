import { Person } from './person.tsx';
import { Time } from './time.tsx';

/** Whose doing a thing is, and since when. */
export const ByWhom = ({ by, at }: { readonly by: string; readonly at: number }) => (
  <>
    <div>
      <Person subject={by} />
    </div>
    <div className="small muted">
      <Time at={at} />
    </div>
  </>
);
