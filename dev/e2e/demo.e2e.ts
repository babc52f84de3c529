/** What `make demo` runs once the stack is up, as a new user sees it; and again over what it has left running. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { attempt } from '../stack/command.ts';
import { Kubectl } from '../cluster/kubectl.ts';
import { target, type Target } from '../cluster/target.ts';
import { DEMO_NAMESPACE, removeDemo } from './harness.ts';

describe('the demo', () => {
  let it: Target;
  let kubectl: Kubectl;

  before(async () => {
    it = target();
    kubectl = new Kubectl(it.env);
    await removeDemo(kubectl);
  });
  after(() => removeDemo(kubectl));

  const demo = () => attempt(process.execPath, ['dev/demo/main.ts'], { cwd: it.root, timeout: 300_000 });

  test('ends with drinks, and says what to do next', async () => {
    const { code, stdout, tail } = await demo();
    assert.equal(code, 0, tail);
    const inOrder = [
      /Installing the operator into namespace barista-system/,
      /kubectl apply -f manifests\/samples\/recipe\.yaml\n +baristapipeline\.barista\.dev\/recipe created/,
      / +\d+ s +StreamsReady: 4 streams are deployed and ready\./,
      /NAME +READY +STATUS +STREAMS +REPLICAS +AGE\n +recipe +True +StreamsReady +4\/4 +1 /,
      /spring-group-id=hot-drink-pipeline\n.*Serve Hot drink/,
      /spring-group-id=cold-drink-pipeline\n.*Serve Cold drink/,
      /hot +\d+ served, \d+\.\d a second\n +cold +\d+ served/,
      /What now:\n/,
      /kubectl scale bp\/recipe --replicas=2/,
    ];
    let rest = stdout;
    for (const step of inOrder) {
      const found = step.exec(rest);
      assert.ok(found !== null, `${step.source} in:\n${stdout}`);
      rest = rest.slice(found.index + found[0].length);
    }
  });

  test('run again, it changes nothing of what serves', async () => {
    const pods = async () =>
      (await kubectl.list('-n', DEMO_NAMESPACE, 'pods', '-l', 'role=spring-app'))
        .map((pod) => (pod['metadata'] as { uid: string }).uid)
        .sort();
    const before = await pods();
    const { code, stdout, tail } = await demo();
    assert.equal(code, 0, tail);
    assert.match(stdout, /recipe unchanged/);
    assert.match(stdout, /Drinks are served/);
    assert.deepEqual(await pods(), before, 'the same pods');
  });
});
