/** What the operator relies on of an API server's reviews. Runs on `memory-access-reviews.ts` and on a real one. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { AccessReviews } from './access-reviews.ts';

/** Service accounts `reader` and `stranger` of a namespace, and `guest` of another. */
export interface ReviewsHarness {
  readonly reviews: AccessReviews;
  readonly namespace: string;
  /** A good one. */
  tokenOf(account: 'reader' | 'stranger' | 'guest'): Promise<string>;
  /** One that the API server has signed for somebody else to accept. */
  tokenForOthers(): Promise<string>;
  close(): Promise<void>;
}

/** `open` lets the account `reader`, and all accounts of the namespace of `guest`, get `/metrics`, and nobody anything else. */
export function accessReviewsConformance(title: string, open: () => Promise<ReviewsHarness>): void {
  describe(title, () => {
    let harness: ReviewsHarness;
    let reviews: AccessReviews;
    before(async () => {
      harness = await open();
      ({ reviews } = harness);
    });
    after(() => harness.close());

    const userOf = async (account: 'reader' | 'stranger' | 'guest') =>
      (await reviews.userOf(await harness.tokenOf(account))) ?? assert.fail(`${account} is not known`);
    const metrics = { verb: 'get', path: '/metrics' };

    it('say whose a token is, with groups', async () => {
      const user = await userOf('reader');
      assert.equal(user.username, `system:serviceaccount:${harness.namespace}:reader`);
      assert.ok(user.groups.includes(`system:serviceaccounts:${harness.namespace}`), user.groups.join());
    });

    for (const [what, token] of [
      ['nonsense', 'nonsense'],
      ['a token without a signature that fits', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.c2lnbmF0dXJl'],
      ['a token with a line break', 'a\nb'],
    ] as const) {
      it(`know nobody by ${what}`, async () => assert.equal(await reviews.userOf(token), undefined));
    }

    it('know nobody by a token that is for others', async () => {
      assert.equal(await reviews.userOf(await harness.tokenForOthers()), undefined);
    });

    it('let in whom a right names', async () => {
      assert.equal(await reviews.may(await userOf('reader'), metrics), true);
    });

    it('let in whose group a right names', async () => {
      assert.equal(await reviews.may(await userOf('guest'), metrics), true);
    });

    it('let in nobody else', async () => {
      assert.equal(await reviews.may(await userOf('stranger'), metrics), false);
    });

    it('allow nothing but what the right says', async () => {
      const reader = await userOf('reader');
      assert.equal(await reviews.may(reader, { ...metrics, path: '/metrics/more' }), false);
      assert.equal(await reviews.may(reader, { ...metrics, verb: 'post' }), false);
    });
  });
}
