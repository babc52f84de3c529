import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { classify } from './classify.ts';
import { recordedBody, recordedErrors } from './errors.fixtures.ts';
import type { DataflowErrorKind } from './port.ts';
import { networkTrouble } from './wording.ts';

const scdf = (message: string | null, logref: string): string =>
  JSON.stringify({ _embedded: { errors: [{ message, logref, _links: { self: { href: '/' } } }] } });

const install = (why: string): string =>
  scdf(
    `Could not install AppDeployRequest [[AppDeploymentRequest@1 deploymentProperties = map['x' -> 'invalid']]]` +
      `  to platform [k8s].  Error Message = [${why}]`,
    'SkipperException',
  );

const kubernetes = (code: number, reason: string, message: string): string =>
  `Failure executing: POST at: https://10.96.0.1/apis/apps/v1/namespaces/x/deployments. Message: ${message}. ` +
  `Received status: Status(apiVersion=v1, code=${code}, details=null, kind=Status, reason=${reason}).`;

describe('classify', () => {
  for (const recorded of recordedErrors) {
    it(`takes "${recorded.step}" (${recorded.status}) for ${recorded.kind}`, () => {
      const { kind, message } = classify(recorded.status, recordedBody(recorded));
      assert.equal(kind, recorded.kind, message);
      assert.match(message, /^\S.*\S$/, 'one line that says something');
      assert.doesNotMatch(message, /nested exception|\.java:|AppDeploymentRequest@/);
      assert.ok(message.length <= 400);
    });
  }

  const cases: readonly [what: string, status: number, body: string, kind: DataflowErrorKind][] = [
    ['a proxy without a server', 502, '<html><h1>Bad Gateway</h1></html>', 'unreachable'],
    ['a proxy that waited', 504, '', 'unreachable'],
    ['a busy proxy', 429, 'slow down', 'unreachable'],
    ['no credentials', 401, '', 'unauthorized'],
    ['too few rights', 403, '{"error":"Forbidden"}', 'unauthorized'],
    ['a 404 of another server', 404, '<html>not found</html>', 'unexpected'],
    ['a 404 without a body', 404, '', 'unexpected'],
    ['a login page', 302, '', 'unexpected'],
    ['a 500 without a body', 500, '', 'unexpected'],
    ['a body that is no JSON', 500, '{"_embedded":', 'unexpected'],
    ['an exception nobody knows', 500, scdf('?', 'NullPointerException'), 'unexpected'],
    ['an exception without a message', 500, scdf(null, 'NullPointerException'), 'unexpected'],
    ['an error list that is empty', 500, '{"_embedded":{"errors":[]}}', 'unexpected'],
    [
      'a database that is away',
      500,
      scdf('Could not open JPA', 'CannotCreateTransactionException'),
      'unreachable',
    ],
    ['a Skipper behind a proxy', 500, scdf('503 : [no body]', 'ServiceUnavailable'), 'platformDown'],
    [
      'a package without its release',
      500,
      scdf('Release with the name [x] already exists and it is not deleted.', 'SkipperException'),
      'leftovers',
    ],
    ['a deployment that is there', 500, install("App 'x-v1' is already deployed"), 'leftovers'],
    [
      'an object that is there',
      500,
      install(kubernetes(409, 'AlreadyExists', 'services "x" already exists')),
      'leftovers',
    ],
    [
      'an object that is wrong',
      500,
      install(kubernetes(422, 'Invalid', 'Deployment "x" is invalid')),
      'rejected',
    ],
    ['a quota', 500, install(kubernetes(403, 'Forbidden', 'exceeded quota')), 'rejected'],
    ['a sick Kubernetes', 500, install(kubernetes(500, 'InternalError', 'etcd')), 'platformDown'],
    [
      'no Kubernetes',
      500,
      install('Operation: [create]  for kind: [Service]  with name: [x]  failed.'),
      'platformDown',
    ],
    ['an installation that fails otherwise', 500, install('Something broke'), 'unexpected'],
  ];
  for (const [what, status, body, kind] of cases) {
    it(`takes ${what} for ${kind}`, () => {
      const found = classify(status, body);
      assert.equal(found.kind, kind, found.message);
      assert.match(found.message, /\S/);
    });
  }

  it('gives the reason that Kubernetes gives', () => {
    const { message } = classify(
      500,
      install(kubernetes(422, 'Invalid', 'Deployment "x" is invalid: bad memory')),
    );
    assert.equal(message, 'Kubernetes says: Deployment "x" is invalid: bad memory.');
  });

  it('says who does not answer', () => {
    const recorded = recordedErrors.find(({ step }) => step === 'skipper down: status');
    assert.ok(recorded);
    assert.equal(
      classify(500, recordedBody(recorded)).message,
      'Skipper does not answer SCDF (localhost:7577 Connection refused): does it run?',
    );
  });

  it('shows no secrets', () => {
    const secrets = [
      "Could not map 'spring.datasource.password' -> 'hunter2'",
      'bad value: --spring.cloud.token=hunter2',
      'cannot read https://me:hunter2@registry/image',
      'sent Authorization: Bearer hunter2',
      '{"client-secret":"hunter2"}',
      "Invalid value 'app.x.sasl.jaas.config=hunter2'",
    ];
    for (const text of secrets) {
      assert.doesNotMatch(classify(500, scdf(text, 'IllegalStateException')).message, /hunter2/, text);
    }
  });

  it('is total', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), fc.oneof(fc.string(), fc.json()), (status, body) => {
        const { kind, message } = classify(status, body);
        return kind.length > 0 && message.trim().length > 0 && !message.includes('\n');
      }),
    );
    fc.assert(
      fc.property(fc.string(), fc.string(), (message, logref) => {
        const found = classify(500, scdf(message, logref)).message;
        return found.length <= 400 && !found.includes('\n');
      }),
    );
  });
});

describe('networkTrouble', () => {
  it('says what to look at', () => {
    const of = (code: string): string => networkTrouble(Object.assign(new Error('raw'), { code }));
    assert.match(of('ECONNREFUSED'), /does it run/);
    assert.match(of('ENOTFOUND'), /name is not known/);
    assert.match(of('DEPTH_ZERO_SELF_SIGNED_CERT'), /caFile/);
    assert.match(of('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), /caFile/);
    assert.equal(of('EODD'), 'raw');
  });

  it('is total', () => {
    fc.assert(fc.property(fc.anything(), (error) => networkTrouble(error).length > 0));
  });
});
