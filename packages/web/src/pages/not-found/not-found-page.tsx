import { Empty } from '../../parts/states.tsx';
import { Link } from '../../routing/location.tsx';

/** Says that an address names no page. */
export function NotFoundPage({ path }: { readonly path: string }) {
  return (
    <Empty icon="search" title="There is no such page">
      <p>
        Nothing is shown at <code>{path}</code>.
      </p>
      <Link className="button" href="/">
        To the overview
      </Link>
    </Empty>
  );
}
