import { Suspense, useEffect, useRef, useState } from 'react';
import { ApiProvider, type DashboardApi, openDashboardApi, useIsSignedOut } from './api/dashboard-api.tsx';
import { useViewer } from './api/viewer.ts';
import { Loading } from './parts/states.tsx';
import { ToastProvider } from './parts/toasts.tsx';
import { usePlace } from './routing/location.tsx';
import { matchRoute, type RouteWords } from './routing/match-route.ts';
import { type Route, ROUTES } from './routing/routes.ts';
import { ErrorFence } from './shell/error-fence.tsx';
import { KeyboardHelp } from './shell/keyboard-help.tsx';
import { LostNote } from './shell/lost-note.tsx';
import { Side } from './shell/side.tsx';
import { NoRole } from './pages/login/no-role.tsx';
import { SignIn } from './pages/login/sign-in.tsx';
import { NotFoundPage } from './pages/not-found/not-found-page.tsx';

/** The whole dashboard: what stands beside every page, and the page that the address names. */
export function App() {
  const [api] = useState<DashboardApi>(openDashboardApi);
  return (
    <ApiProvider api={api}>
      <ToastProvider>
        <Shell />
      </ToastProvider>
    </ApiProvider>
  );
}

function Shell() {
  const { path } = usePlace();
  const isSignedOut = useIsSignedOut();
  if (isSignedOut || path === '/login') return <SignIn />;
  return <SignedIn path={path} />;
}

function SignedIn({ path }: { readonly path: string }) {
  const viewer = useViewer();
  const mayNothing = viewer !== undefined && viewer.roles.length === 0;
  return (
    <div className="shell">
      <a className="skip" href="#stage">
        Skip to the content
      </a>
      <Side path={path} />
      <div>
        <LostNote />
        {mayNothing ? <NoRole viewer={viewer} /> : <Stage path={path} />}
      </div>
      <KeyboardHelp />
    </div>
  );
}

function Stage({ path }: { readonly path: string }) {
  const stage = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    // Whoever follows a link by keyboard or with a screen reader goes on at the new page, not at the link's place.
    if (!isFirst.current) stage.current?.focus({ preventScroll: true });
    isFirst.current = false;
    scrollTo(0, 0);
  }, [path]);
  const found = routeOf(path);
  return (
    <main id="stage" ref={stage} className="stage" tabIndex={-1}>
      <ErrorFence key={path}>
        <Suspense fallback={<Loading height={320} what="the page" />}>
          {found ? <found.route.page words={found.words} /> : <NotFoundPage path={path} />}
        </Suspense>
      </ErrorFence>
    </main>
  );
}

function routeOf(path: string): { readonly route: Route; readonly words: RouteWords } | undefined {
  for (const route of ROUTES) {
    const words = matchRoute(route.pattern, path);
    if (words) return { route, words };
  }
  return undefined;
}
