/** What is kept of watched pipelines: what those at rest have in common is there once. Pure but for the pool. */
import type { KubeObject } from '../kube/port.ts';
import { stateOf } from '../pipeline-state.ts';
import { keepPipeline } from './keep.ts';
import type { Pool } from './pool.ts';

/**
 * A pipeline that is being seen to changes within the second: to look for what it shares with others would cost more CPU than its memory is worth, so that only a ready one is looked at.
 */
export function keepAlike(pool: Pool): (object: KubeObject) => KubeObject {
  return (object) => {
    const kept = keepPipeline(object);
    return stateOf(kept).ready ? pool.share(kept) : kept;
  };
}
