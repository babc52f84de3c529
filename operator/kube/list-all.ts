import type { ListWatch, Scope } from './list-watch.ts';
import { KubeError, type KubeObject } from './port.ts';

export interface WholeList {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
}

/**
 * All objects of a scope in one consistent state, page by page. When the state that the pages show is forgotten before
 * the last one (410, which a slow list of a busy cluster meets), everything is asked for at once. Throws KubeError.
 */
export async function listAll(
  source: ListWatch,
  scope: Scope,
  pageSize: number,
  signal: AbortSignal,
): Promise<WholeList> {
  const items: KubeObject[] = [];
  let page = await source.list(scope, { limit: pageSize }, signal);
  items.push(...page.items);
  while (page.continue !== undefined) {
    try {
      page = await source.list(scope, { limit: pageSize, continue: page.continue }, signal);
    } catch (error) {
      if (error instanceof KubeError && error.kind === 'gone') return source.list(scope, {}, signal);
      throw error;
    }
    items.push(...page.items);
  }
  return { items, resourceVersion: page.resourceVersion };
}
