import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { parseServers } from './servers.ts';

describe('the servers file', () => {
  test('names servers', () => {
    const parsed = parseServers(
      'servers:\n- {name: default, url: "http://scdf:9393/", platform: k8s, readTimeoutSeconds: 2}\n',
    );
    assert.ok('ok' in parsed);
    assert.deepEqual(parsed.ok[0], {
      name: 'default',
      url: 'http://scdf:9393',
      platform: 'k8s',
      namespace: undefined,
      watchWorkloads: true,
      tokenFile: undefined,
      oauth2: undefined,
      caFile: undefined,
      concurrency: 16,
      deployConcurrency: 4,
      readTimeoutMs: 2000,
      writeTimeoutMs: 60_000,
    });
  });

  const bad: readonly [string, RegExp][] = [
    ['servers: [', /not YAML/],
    ['{}', /names no server/],
    ['servers: [{url: "http://x"}]', /servers\[0\]\.name is missing/],
    ['servers: [{name: a, url: "ftp://x"}]', /give an http:\/\/ or https:\/\/ address/],
    ['servers: [{name: a, url: "http://x"}, {name: a, url: "http://y"}]', /names the server a twice/],
    ['servers: [{name: a, url: "http://x", pasword: y}]', /servers\[0\]\.pasword is not known/],
    ['servers: [{name: a, url: "http://x", watchWorkloads: maybe}]', /must be true or false/],
    ['servers: [{name: a, url: "http://x", readTimeoutSeconds: -1}]', /greater than 0/],
    ['servers: [{name: a, url: 5}]', /^servers\[0\]\.url must be a text\.$/],
    ['servers: [5]', /servers\[0\]\.name is missing/],
    [
      'servers: [{name: a, url: "http://x", concurrency: 0}]',
      /concurrency must be a whole number of at least 1/,
    ],
    [
      'servers: [{name: a, url: "http://x", concurrency: 2, deployConcurrency: 3}]',
      /deployConcurrency must be at most concurrency \(2\)/,
    ],
    ['servers: [{name: a, url: "http://x", oauth2: yes}]', /oauth2 must have fields of its own/],
  ];
  for (const url of [
    'http://user:secret@x',
    'https://secret@x/path',
    'ftp://u:secret@x',
    'http://u:sec/ret@x',
  ]) {
    test(`refuses ${url} without repeating it`, () => {
      const parsed = parseServers(`servers: [{name: a, url: "${url}"}]`);
      assert.ok('problems' in parsed);
      assert.equal(parsed.problems.length, 1);
      assert.match(parsed.problems[0]!, /servers\[0\]\.url has an @: .*tokenFile/);
      assert.doesNotMatch(parsed.problems[0]!, /sec/);
    });
  }
  for (const [text, problem] of bad) {
    test(`refuses ${text}`, () => {
      const parsed = parseServers(text);
      assert.ok('problems' in parsed);
      assert.match(parsed.problems.join('\n'), problem);
    });
  }

  test('leaves places to reads when there are few', () => {
    for (const [concurrency, deploys] of [
      [1, 1],
      [2, 1],
      [5, 3],
      [100, 4],
    ]) {
      const parsed = parseServers(`servers: [{name: a, url: "http://x", concurrency: ${concurrency}}]`);
      assert.ok('ok' in parsed);
      assert.equal(parsed.ok[0]?.deployConcurrency, deploys);
    }
  });
});

describe('oauth2 in the servers file', () => {
  const withOAuth2 = (oauth2: object, more: object = {}) =>
    parseServers(JSON.stringify({ servers: [{ name: 'a', url: 'https://x', oauth2, ...more }] }));
  const whole = { tokenUri: 'https://uaa/oauth/token', clientId: 'barista', clientSecretFile: '/s' };

  test('has defaults for what need not be said', () => {
    const parsed = withOAuth2(whole);
    assert.ok('ok' in parsed);
    assert.deepEqual(parsed.ok[0]?.oauth2, {
      ...whole,
      clientIdFile: undefined,
      scopes: [],
      clientAuthenticationMethod: 'client_secret_basic',
      endpointParams: {},
      caFile: undefined,
    });
  });

  test('may say all there is', () => {
    const all = {
      tokenUri: whole.tokenUri,
      clientSecretFile: whole.clientSecretFile,
      clientIdFile: '/i',
      scopes: ['dataflow.view', 'dataflow.create'],
      clientAuthenticationMethod: 'client_secret_post',
      endpointParams: { audience: 'scdf' },
      caFile: '/ca.crt',
    };
    const parsed = withOAuth2(all);
    assert.ok('ok' in parsed);
    assert.deepEqual(parsed.ok[0]?.oauth2, { ...all, clientId: undefined });
  });

  test('says all problems at once, and never a secret', () => {
    const parsed = withOAuth2(
      {
        tokenUrl: 'https://uaa',
        tokenUri: 'https://me:hunter2@uaa',
        clientSecret: 'hunter2',
        scope: 'hunter2',
        scopes: ['a b'],
        clientAuthenticationMethod: 'hunter2',
        endpointParams: { client_secret: 'hunter2' },
        password: 'hunter2',
      },
      { tokenFile: '/token', token: 'hunter2' },
    );
    assert.ok('problems' in parsed);
    assert.deepEqual([...parsed.problems].sort(), [
      'servers[0].oauth2.clientAuthenticationMethod must be one of client_secret_basic, client_secret_post.',
      'servers[0].oauth2.clientId is missing: give it, or a file that has it as clientIdFile.',
      'servers[0].oauth2.clientSecret does not belong here: put it into a file, and name that as clientSecretFile.',
      'servers[0].oauth2.clientSecretFile is missing.',
      'servers[0].oauth2.endpointParams.client_secret is set by the operator: leave it out.',
      'servers[0].oauth2.password is not known.',
      'servers[0].oauth2.scope is not known: write scopes: [one, another].',
      'servers[0].oauth2.scopes must be a list of words: [one, another].',
      'servers[0].oauth2.tokenUri has an @: leave user and password out, and name clientId and clientSecretFile.',
      'servers[0].oauth2.tokenUrl is not known: write tokenUri.',
      'servers[0].token does not belong here: put it into a file, and name that as tokenFile.',
      'servers[0].tokenFile is given, and oauth2 as well: keep one of them.',
    ]);
  });

  test('has one id of the client', () => {
    const parsed = withOAuth2({ ...whole, clientIdFile: '/i' });
    assert.ok('problems' in parsed);
    assert.match(parsed.problems.join(), /clientId is given, and clientIdFile as well: keep one of them/);
  });
});

describe('what is written of the servers file', () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  const [example = ''] = /(?<=```yaml\n)[\s\S]*?(?=```)/.exec(read('docs/servers.md')) ?? [];
  const { data } = parse(read('manifests/base/servers.yaml')) as { data: { 'servers.yaml': string } };
  const [commented = ''] = /- name: default[\s\S]*$/.exec(data['servers.yaml']) ?? [];

  test('is valid: the example of the documentation and the ConfigMap', () => {
    for (const text of [example, data['servers.yaml']]) {
      const parsed = parseServers(text);
      assert.ok('ok' in parsed, JSON.stringify(parsed));
    }
  });

  test('is valid also where it is commented out, but for the choice that it leaves', () => {
    const settings = commented.replace(/^( *)# ((?:[a-z][A-Za-z0-9]*| {2}[a-z][A-Za-z]*):)/gm, '$1$2');
    const parsed = parseServers(`servers:\n  ${settings}`);
    assert.deepEqual(parsed, {
      problems: ['servers[0].tokenFile is given, and oauth2 as well: keep one of them.'],
    });
  });

  test('has every field there is', () => {
    const parsed = parseServers(example);
    assert.ok('ok' in parsed);
    const west = parsed.ok.find(({ name }) => name === 'west');
    const fields = [...Object.keys(west ?? {}), ...Object.keys(west?.oauth2 ?? {})].map((field) =>
      field.replace(/Ms$/, 'Seconds'),
    );
    assert.ok(fields.length > 15);
    const missing = fields.filter((field) => !read('docs/servers.md').includes(`\`${field}\``));
    assert.deepEqual(missing, []);
  });
});
