import { fleet } from './fleet.ts';
import type { Dashboard } from './model.ts';
import { operator } from './operator.ts';
import { pipeline } from './pipeline.ts';

export const dashboards: readonly Dashboard[] = [fleet, pipeline, operator];
