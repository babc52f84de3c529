/** Situations of a pipeline with what `plan` makes of them, as tests. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aPipeline, type PipelineFixture } from '../api/pipeline.fixtures.ts';
import type { Role } from '../api/types.ts';
import type { AppRegistration } from '../dataflow/port.ts';
import { observedAs, subject, wanted, type StreamFixture } from './plan.fixtures.ts';
import { plan } from './plan.ts';
import type { Plan } from './step.ts';

export interface Case {
  readonly name: string;
  readonly pipeline?: PipelineFixture;
  readonly observed?: Partial<Record<Role, StreamFixture>>;
  readonly apps?: readonly AppRegistration[];
  readonly olderClaims?: Readonly<Record<string, string>>;
  /** `kind reason` of the bar, or of the role given. */
  readonly verdict?: string;
  readonly role?: Role;
  /** Every step in order, as `kind subject`. */
  readonly steps: readonly string[];
}

/** No other pipeline wants anything. */
export const alone = { olderClaims: new Map<string, string>(), usedByPipelines: () => false };

export function run(it: Case): Plan {
  const pipeline = aPipeline(it.pipeline);
  return plan({
    pipeline,
    desired: wanted(pipeline),
    observed: observedAs(pipeline, it.observed, it.apps),
    ...alone,
    olderClaims: new Map(Object.entries(it.olderClaims ?? {})),
  });
}

export function specify(title: string, cases: readonly Case[]): void {
  describe(title, () => {
    for (const it of cases) {
      test(it.name, () => {
        const made = run(it);
        if (it.verdict !== undefined) {
          const found = made.verdicts.find((verdict) => verdict.role === (it.role ?? 'bar'));
          assert.equal(`${found?.kind} ${found?.reason}`, it.verdict, found?.message);
        }
        assert.deepEqual(made.steps.map(subject), it.steps);
      });
    }
  });
}
