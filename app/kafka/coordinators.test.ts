import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { remembering, type Coordinating, type Manager } from './coordinators.ts';

type Asked = Pick<Coordinating, 'findGroupCoordinator'>;

/** A manager whose calls do what the test says with the cluster, and how often that was asked for whom. */
function managed(does: (cluster: Asked) => Promise<unknown>) {
  const asked: string[] = [];
  const cluster: Coordinating = {
    retry: {},
    refreshMetadataIfNecessary: () => Promise.resolve(),
    findControllerBroker: () => Promise.resolve('controller'),
    findGroupCoordinator: ({ groupId, coordinatorType }) => {
      asked.push(`${coordinatorType}/${groupId}`);
      return Promise.resolve({ nodeId: asked.length });
    },
    findBroker: ({ nodeId }) => Promise.resolve({ nodeId }),
  };
  const original = ({ cluster: given }: { readonly cluster: Asked }): Manager => {
    const call = () => does(given);
    return {
      initProducerId: call,
      addPartitionsToTransaction: call,
      sendOffsets: call,
      commit: call,
      abort: call,
    };
  };
  return { asked, manager: remembering(original)({ cluster }) };
}

const transaction = { groupId: 'id', coordinatorType: 1 };
const group = { groupId: 'id', coordinatorType: 0 };

describe('coordinators', () => {
  it('are asked for once, each of its kind', async () => {
    const { asked, manager } = managed(async (cluster) => [
      await cluster.findGroupCoordinator(transaction),
      await cluster.findGroupCoordinator(group),
    ]);
    const found = [await manager.sendOffsets(), await manager.commit(), await manager.sendOffsets()];
    assert.deepEqual(asked, ['1/id', '0/id']);
    for (const each of found) assert.deepEqual(each, [{ nodeId: 1 }, { nodeId: 2 }]);
  });

  it('are asked for again by a call that tries once more', async () => {
    const { asked, manager } = managed(async (cluster) => {
      await cluster.findGroupCoordinator(group);
      return cluster.findGroupCoordinator(group);
    });
    assert.deepEqual(await manager.sendOffsets(), { nodeId: 2 });
    assert.equal(asked.length, 2);
  });

  it('are forgotten when a call fails, but not because a transaction is still being ended', async () => {
    const failures: Error[] = [
      Object.assign(new Error('x'), { type: 'CONCURRENT_TRANSACTIONS' }),
      Object.assign(new Error('x'), { type: 'NOT_COORDINATOR_FOR_GROUP' }),
    ];
    const { asked, manager } = managed(async (cluster) => {
      await cluster.findGroupCoordinator(transaction);
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
    });
    await assert.rejects(manager.addPartitionsToTransaction());
    await assert.rejects(manager.addPartitionsToTransaction());
    assert.equal(asked.length, 1);
    await manager.addPartitionsToTransaction();
    assert.equal(asked.length, 2);
  });

  it('that could not be found are not remembered', async () => {
    let isThere = false;
    const { manager } = managed(async (cluster) => {
      if (!isThere) throw new Error('nobody answers');
      return cluster.findGroupCoordinator(group);
    });
    await assert.rejects(manager.commit());
    isThere = true;
    assert.deepEqual(await manager.commit(), { nodeId: 1 });
  });
});
