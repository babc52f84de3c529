/**
 * The specification of `plan`, in a table: what there is of a stream, against what the spec wants of it. plan.test.ts says why, and
 * which steps follow.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { topics } from '../api/pipeline.fixtures.ts';
import { unknownWorkload } from '../observed/workload.ts';
import { NOW, release, subject, type StreamFixture } from './plan.fixtures.ts';
import { run } from './specify.fixtures.ts';
import type { Plan, VerdictKind } from './step.ts';

/** What is not as the spec wants it. */
const changes: Readonly<Record<string, { bar?: StreamFixture; spec?: object }>> = {
  'nothing else': {},
  'another revision': { bar: { revision: 'another' } },
  'a property removed': {
    bar: {
      revision: 'another',
      properties: { 'spring.cloud.stream.bindings.orders.destination': 'orders', flavour: 'mocha' },
    },
  },
  'another definition': { bar: { originalDsl: 'barista-app --flavour=mocha' } },
  'another platform': { bar: { revision: 'another', platform: 'elsewhere' } },
  'another count': { bar: { replicas: 2 } },
  'a stop': { spec: { state: 'Stopped' } },
};

const young = { lastDeployed: NOW - 3000 };
const forgotten = { lastDeployed: NOW - 86_400_000 };
const deployed = release('DEPLOYED');
const unseen = unknownWorkload;

interface Situation {
  readonly bar: StreamFixture;
  /** The pipeline asks for streams of others. */
  readonly adopt?: true;
  /** An older pipeline wants the name. */
  readonly older?: true;
}

const situations: Readonly<Record<string, Situation>> = {
  absent: { bar: { exists: false } },
  'absent, and an older pipeline wants the name': { bar: { exists: false }, older: true },
  'of somebody else': { bar: { description: 'mine' } },
  'of somebody else, adopted': { bar: { description: 'mine' }, adopt: true },
  'of an older pipeline, adopted': {
    bar: { description: 'barista.dev/v1alpha1 c/n/p' },
    adopt: true,
    older: true,
  },
  created: { bar: { state: 'undeployed' } },
  undeployed: { bar: { state: 'undeployed', history: [release('DELETED')] } },
  deployed: { bar: { state: 'deployed' } },
  deploying: { bar: { state: 'deploying', history: [deployed] } },
  partial: { bar: { state: 'partial', history: [deployed] } },
  failed: { bar: { state: 'failed', history: [deployed] } },
  'its state unknown, its Deployment there': { bar: { state: 'unknown', history: [deployed] } },
  'in error, its Deployment gone': { bar: { state: 'error', history: [deployed], keepWorkload: false } },
  'its Deployment gone': { bar: { state: 'undeployed', history: [deployed] } },
  'nothing of it found, workloads unseen': {
    bar: { state: 'undeployed', history: [deployed], workload: unseen },
  },
  'deployed a moment ago, workloads unseen': {
    bar: { state: 'undeployed', history: [release('DEPLOYED', young)], workload: unseen },
  },
  'a container just ended': { bar: { state: 'undeployed', history: [deployed], keepWorkload: true } },
  'no pod yet': { bar: { state: 'undeployed', history: [deployed], keepWorkload: true, pods: [] } },
  'deployed, the old version still there': { bar: { state: 'deployed', versions: [1, 2] } },
  'deployed, not saying from which spec': { bar: { state: 'deployed', says: false } },
  'being upgraded': { bar: { state: 'deploying', history: [release('UNKNOWN', { version: 2 }), deployed] } },
  'an upgrade that Skipper has forgotten': {
    bar: { state: 'deploying', history: [release('UNKNOWN', { version: 2, ...forgotten }), deployed] },
  },
  'upgrade failed, the old version runs': {
    bar: { state: 'undeployed', history: [release('FAILED', { version: 2 }), deployed], keepWorkload: true },
  },
  'upgrade failed, the old version gone': {
    bar: { state: 'undeployed', history: [release('FAILED', { version: 2 }), deployed] },
  },
  'upgrade failed, undeployed since': {
    bar: { state: 'undeployed', history: [release('FAILED', { version: 2 }), release('DELETED')] },
  },
};

/** The worker's verdict and reason, for each wish that is not fulfilled. */
const table = `
  | what there is                                | nothing else             | another revision         | a property removed      | another definition        | another platform         | another count            | a stop                 |
  | absent                                       | create Creating          | create Creating          | create Creating         | create Creating           | create Creating          | create Creating          | create Creating        |
  | absent, and an older pipeline wants the name | conflict NameConflict    | conflict NameConflict    | conflict NameConflict   | conflict NameConflict     | conflict NameConflict    | conflict NameConflict    | conflict NameConflict  |
  | of somebody else                             | conflict NameConflict    | conflict NameConflict    | conflict NameConflict   | conflict NameConflict     | conflict NameConflict    | conflict NameConflict    | conflict NameConflict  |
  | of somebody else, adopted                    | adopt Adopting           | adopt Adopting           | adopt Adopting          | adopt Adopting            | adopt Adopting           | adopt Adopting           | adopt Adopting         |
  | of an older pipeline, adopted                | conflict NameConflict    | conflict NameConflict    | conflict NameConflict   | conflict NameConflict     | conflict NameConflict    | conflict NameConflict    | conflict NameConflict  |
  | created                                      | deploy Deploying         | deploy Deploying         | deploy Deploying        | replace DefinitionChanged | deploy Deploying         | deploy Deploying         | none Stopped           |
  | undeployed                                   | deploy Deploying         | deploy Deploying         | replace PropertyRemoved | replace DefinitionChanged | deploy Deploying         | deploy Deploying         | none Stopped           |
  | deployed                                     | none UpToDate            | update Updating          | replace PropertyRemoved | replace DefinitionChanged | redeploy PlatformChanged | scale Scaling            | undeploy Stopping      |
  | deploying                                    | wait Deploying           | update Updating          | replace PropertyRemoved | replace DefinitionChanged | redeploy PlatformChanged | scale Scaling            | undeploy Stopping      |
  | partial                                      | wait Deploying           | update Updating          | replace PropertyRemoved | replace DefinitionChanged | redeploy PlatformChanged | scale Scaling            | undeploy Stopping      |
  | failed                                       | wait Deploying           | update Updating          | replace PropertyRemoved | replace DefinitionChanged | redeploy PlatformChanged | scale Scaling            | undeploy Stopping      |
  | its state unknown, its Deployment there      | wait Deploying           | update Updating          | replace PropertyRemoved | replace DefinitionChanged | redeploy PlatformChanged | scale Scaling            | undeploy Stopping      |
  | in error, its Deployment gone                | redeploy WorkloadMissing | redeploy WorkloadMissing | replace PropertyRemoved | replace DefinitionChanged | redeploy WorkloadMissing | redeploy WorkloadMissing | undeploy Stopping      |
  | its Deployment gone                          | redeploy WorkloadMissing | redeploy WorkloadMissing | replace PropertyRemoved | replace DefinitionChanged | redeploy WorkloadMissing | redeploy WorkloadMissing | undeploy Stopping      |
  | nothing of it found, workloads unseen        | redeploy WorkloadMissing | redeploy WorkloadMissing | replace PropertyRemoved | replace DefinitionChanged | redeploy WorkloadMissing | redeploy WorkloadMissing | undeploy Stopping      |
  | deployed a moment ago, workloads unseen      | wait Deploying           | redeploy WorkloadMissing | replace PropertyRemoved | replace DefinitionChanged | redeploy WorkloadMissing | wait Deploying           | undeploy Stopping      |
  | a container just ended                       | wait Deploying           | update Updating          | replace PropertyRemoved | replace DefinitionChanged | redeploy PlatformChanged | scale Scaling            | undeploy Stopping      |
  | no pod yet                                   | wait Deploying           | redeploy Updating        | replace PropertyRemoved | replace DefinitionChanged | redeploy PlatformChanged | scale Scaling            | undeploy Stopping      |
  | deployed, the old version still there        | wait UpgradeInProgress   | update Updating          | replace PropertyRemoved | replace DefinitionChanged | redeploy PlatformChanged | scale Scaling            | undeploy Stopping      |
  | deployed, not saying from which spec         | redeploy Deploying       | redeploy Deploying       | redeploy Deploying      | replace DefinitionChanged | redeploy Deploying       | redeploy Deploying       | undeploy Stopping      |
  | being upgraded                               | wait UpgradeInProgress   | wait UpgradeInProgress   | wait UpgradeInProgress  | wait UpgradeInProgress    | wait UpgradeInProgress   | wait UpgradeInProgress   | wait UpgradeInProgress |
  | an upgrade that Skipper has forgotten        | wait Deploying           | update Updating          | replace PropertyRemoved | replace DefinitionChanged | redeploy PlatformChanged | scale Scaling            | undeploy Stopping      |
  | upgrade failed, the old version runs         | stalled UpgradeFailed    | redeploy UpgradeFailed   | replace PropertyRemoved | replace DefinitionChanged | redeploy UpgradeFailed   | stalled UpgradeFailed    | undeploy Stopping      |
  | upgrade failed, the old version gone         | redeploy WorkloadMissing | redeploy WorkloadMissing | replace PropertyRemoved | replace DefinitionChanged | redeploy WorkloadMissing | redeploy WorkloadMissing | undeploy Stopping      |
  | upgrade failed, undeployed since             | deploy Deploying         | deploy Deploying         | replace PropertyRemoved | replace DefinitionChanged | deploy Deploying         | deploy Deploying         | none Stopped           |
`;

const [head = [], ...rows] = table
  .trim()
  .split('\n')
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const wishes = head.slice(1);

/** Each verdict comes to these writes; a stream that is to stop is made and not deployed. */
const steps: Partial<Record<VerdictKind, readonly string[]>> = {
  create: ['create bar', 'deploy bar'],
  adopt: ['delete bar', 'create bar', 'deploy bar'],
  replace: ['delete bar', 'create bar', 'deploy bar'],
  deploy: ['deploy bar'],
  redeploy: ['undeploy bar', 'deploy bar'],
  update: ['update bar'],
  scale: ['scale bar'],
  undeploy: ['undeploy bar'],
};

function planned(name: string, wish: string): Plan {
  const { bar, adopt, older } = situations[name]!;
  const { bar: difference, spec } = changes[wish]!;
  return run({
    name,
    pipeline: {
      spec: { topics, ...spec },
      annotations: adopt === true ? { 'barista.dev/adopt': 'true' } : {},
    },
    observed: { bar: { ...difference, ...bar } },
    olderClaims: older === true ? { 'downtown-bar': 'cafe/uptown' } : {},
    steps: [],
  });
}

describe('a worker that is', () => {
  for (const [name = '', ...cells] of rows) {
    for (const [index, wish] of wishes.entries()) {
      test(`${name}, and the spec wants ${wish}: ${cells[index]}`, () => {
        const made = planned(name, wish);
        const found = made.verdicts.find((verdict) => verdict.role === 'bar')!;
        assert.equal(`${found.kind} ${found.reason}`, cells[index], found.message);
        const expected = steps[found.kind] ?? [];
        const isStopped = (step: string) => wish === 'a stop' && step.startsWith('deploy');
        assert.deepEqual(
          made.steps.map(subject),
          expected.filter((step) => !isStopped(step)),
        );
      });
    }
  }

  test('something that is in the table', () => {
    assert.deepEqual(
      rows.map(([name]) => name),
      Object.keys(situations),
    );
  });
});
