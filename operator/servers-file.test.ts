import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { until } from './kube/until.fixtures.ts';
import { FakeClock } from './runtime/clock.fixtures.ts';
import { MemoryLog } from './runtime/log.fixtures.ts';
import { ServersFile } from './servers-file.ts';

/** A directory as the kubelet mounts a ConfigMap: the file is a link through `..data`, which is swapped. */
class Mount {
  readonly folder = mkdtempSync(join(tmpdir(), 'barista-mount-'));
  readonly path = join(this.folder, 'servers.yaml');
  #versions = 0;

  write(text: string): void {
    this.#versions += 1;
    const version = `..${this.#versions}`;
    mkdirSync(join(this.folder, version));
    writeFileSync(join(this.folder, version, 'servers.yaml'), text);
    symlinkSync(version, join(this.folder, '..data_tmp'));
    renameSync(join(this.folder, '..data_tmp'), join(this.folder, '..data'));
    if (this.#versions === 1) symlinkSync('..data/servers.yaml', this.path);
    else rmSync(join(this.folder, `..${this.#versions - 1}`), { recursive: true });
  }
}

const one = 'servers: [{name: one, url: "http://one"}]';
const two = 'servers: [{name: one, url: "http://one"}, {name: two, url: "http://two"}]';

describe('the servers file', () => {
  let mount: Mount;
  let clock: FakeClock;
  let log: MemoryLog;
  let told: (boolean | string)[];
  let known: readonly string[];
  let file: ServersFile;

  beforeEach(() => {
    mount = new Mount();
    mount.write(one);
    clock = new FakeClock();
    log = new MemoryLog();
    told = [];
    known = ['one'];
    file = new ServersFile({
      path: mount.path,
      clock,
      log,
      metrics: { reloaded: (successful) => told.push(successful) },
      take: (configs) => {
        const names = configs.map(({ name }) => name);
        const added = names.filter((name) => !known.includes(name));
        const removed = known.filter((name) => !names.includes(name));
        known = names;
        return { added, changed: [], removed };
      },
      onChange: (servers) => told.push([...servers].join()),
    });
    file.start();
  });
  afterEach(() => {
    file.stop();
    assert.equal(clock.pending, 0);
    rmSync(mount.folder, { recursive: true });
  });

  /** Time passes, and what is read meanwhile is read to its end. */
  const pass = async (seconds: number): Promise<void> => {
    for (let step = 0; step < seconds * 2; step += 1) {
      await clock.advance(500);
      await until('the file has been read', () => clock.pending > 0);
    }
  };

  it('that is as it was changes nothing', async () => {
    await pass(20);
    assert.deepEqual(told, [true]);
    assert.deepEqual(log.lines, []);
  });

  it('is taken up when it changes, and told of', async () => {
    await pass(2);
    mount.write(two);
    await pass(6);
    assert.deepEqual(told, [true, true, 'two']);
    assert.deepEqual(known, ['one', 'two']);
    assert.deepEqual(log.at('info')[0]?.fields, {
      file: mount.path,
      added: ['two'],
      changed: [],
      removed: [],
    });
    mount.write(one);
    await pass(6);
    assert.deepEqual(told.slice(3), [true, 'two']);
    assert.deepEqual(known, ['one']);
  });

  it('that changed before the first look is taken up', async () => {
    mount.write(two);
    await pass(1);
    assert.deepEqual(told, [true, 'two']);
  });

  it('that is not valid changes nothing, is told of once, and heals', async () => {
    await pass(1);
    mount.write('servers: [{name: one, url: "ftp://one", token: hunter2}]');
    await pass(20);
    assert.deepEqual(told, [true, false]);
    assert.deepEqual(known, ['one']);
    assert.deepEqual(
      log.lines.map(({ level, fields }) => [level, fields['problems']]),
      [
        [
          'error',
          [
            'servers[0].token does not belong here: put it into a file, and name that as tokenFile.',
            'servers[0].url is "ftp://one": give an http:// or https:// address.',
          ],
        ],
      ],
    );
    mount.write(one);
    await pass(6);
    assert.deepEqual(told, [true, false, true]);
  });

  it('that goes away changes nothing either', async () => {
    await pass(1);
    renameSync(mount.path, `${mount.path}.away`);
    await pass(20);
    assert.deepEqual(told, [true, false]);
    assert.deepEqual(known, ['one']);
    assert.deepEqual(log.at('error')[0]?.fields['problems'], [
      `the file ${mount.path} cannot be read (ENOENT).`,
    ]);
    renameSync(`${mount.path}.away`, mount.path);
    await pass(6);
    assert.deepEqual(told, [true, false, true]);
  });

  it('is not taken up while it changes from one moment to the next: somebody is writing it', async () => {
    await pass(1);
    for (let step = 0; step < 20; step += 1) {
      mount.write(`servers: [{name: one, url: "http://one"}, {name: t${step}, url: "http://two"}]`);
      await pass(0.5);
    }
    assert.deepEqual(known, ['one']);
    await pass(1);
    assert.deepEqual(known, ['one', 't19']);
  });
});
