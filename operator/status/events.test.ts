import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aPipeline } from '../api/pipeline.fixtures.ts';
import { observedAs } from '../plan/plan.fixtures.ts';
import { planRemoval } from '../plan/plan.ts';
import { alone } from '../plan/specify.fixtures.ts';
import { writeEvent } from './events.ts';
import { eventCases, eventOf } from './written.fixtures.ts';

describe('the event of what was written', () => {
  for (const { event, ...it } of eventCases) {
    test(it.name, () => {
      const made = eventOf(it);
      assert.equal(`${made?.reason}: ${made?.note}`, event);
    });
  }

  test('a deletion', () => {
    const pipeline = aPipeline();
    const observed = { ...observedAs(pipeline), foreignApps: new Set<string>() };
    const owner = observed.streams.get('downtown-bar')?.definition?.description ?? '';
    const apps = [
      {
        type: 'app',
        name: 'barista-app',
        version: '1.0.0',
        uri: 'docker:barista/worker:1.0.0',
        registeredByPipeline: true,
      },
    ];
    const { steps } = planRemoval({ ...alone, pipeline: { status: { apps } }, owner, observed });
    const made = writeEvent(steps, { generation: 3, writer: undefined });
    assert.equal(made?.reason, 'Deleted');
    assert.match(
      made.note,
      /^Deleted streams (downtown-[a-z-]+, ){3}downtown-[a-z-]+: the pipeline is being deleted; unregistered app\/barista-app 1\.0\.0 \(generation 3\)$/,
    );
  });

  test('says for which generation it was, and which program wrote that', () => {
    const [one] = eventCases.map(({ event: _, ...it }) =>
      eventOf(it, { generation: 7, writer: 'argocd-controller' }),
    );
    assert.match(one?.note ?? '', / \(generation 7, by argocd-controller\)$/);
  });

  test('nothing done, nothing told', () =>
    assert.equal(writeEvent([], { generation: 1, writer: undefined }), undefined));
});
