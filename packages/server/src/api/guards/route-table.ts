import type { FastifyInstance } from 'fastify';

/** Which methods a path answers; to tell "no such path" from "not with this method". */
export interface RouteTable {
  /** In alphabetical order; empty when no operation has the path. */
  methodsOf(path: string): readonly string[];
}

/** Watches the routes as they are registered; call it before the first of them. */
export function watchRoutes(app: FastifyInstance): RouteTable {
  const routes: { readonly pattern: RegExp; readonly method: string }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = new RegExp(`^${url.replaceAll(/:[a-z]+/gi, '[^/]+')}$`);
    for (const name of [method].flat()) routes.push({ pattern, method: name });
  });
  return {
    methodsOf: (path) => {
      const matching = routes.filter(({ pattern }) => pattern.test(path));
      return [...new Set(matching.map(({ method }) => method))].sort();
    },
  };
}
